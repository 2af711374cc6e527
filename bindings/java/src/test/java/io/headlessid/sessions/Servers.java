package io.headlessid.sessions;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Servers of Debian that a test starts on a free port of the loopback interface, and ends. */
public final class Servers implements AutoCloseable {
    private final Process process;
    private final int port;

    private Servers(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    public int port() {
        return port;
    }

    public static boolean hasRedis() {
        // CI has it: without it the tests fail there.
        return System.getenv("CI") != null || find("redis-server") != null;
    }

    public static Servers redis(Path folder) throws Exception {
        int port = freePort();
        return started(port, new ProcessBuilder(find("redis-server"), "--port", Integer.toString(port), "--bind", "127.0.0.1", "--save", "", "--appendonly",
                "no", "--dir", folder.toString()));
    }

    public static boolean hasPostgres() {
        return postgres("initdb") != null;
    }

    /** Everyone who connects there may be the superuser "postgres". */
    public static Servers postgres(Path folder) throws Exception {
        int port = freePort();
        Path data = folder.resolve("pg");
        Files.createDirectory(data);
        List<String> as = new ArrayList<>();
        if (System.getProperty("user.name").equals("root")) {
            // Debian's user; the server refuses to run as root.
            for (Path at = data; at.startsWith(folder); at = at.getParent()) {
                new ProcessBuilder("chown", "postgres", at.toString()).inheritIO().start().waitFor();
            }
            as.addAll(List.of("runuser", "-u", "postgres", "--"));
        }
        List<String> init = new ArrayList<>(as);
        init.addAll(List.of(postgres("initdb"), "-D", data.toString(), "-U", "postgres", "-A", "trust", "--no-sync"));
        Process made = new ProcessBuilder(init).directory(data.toFile()).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        if (made.waitFor() != 0) {
            throw new IOException("initdb failed");
        }
        List<String> run = new ArrayList<>(as);
        run.addAll(List.of(postgres("postgres"), "-D", data.toString(), "-p", Integer.toString(port), "-h", "127.0.0.1", "-k", data.toString(), "-F"));
        return started(port, new ProcessBuilder(run).directory(data.toFile()));
    }

    private static String postgres(String program) {
        File[] versions = new File("/usr/lib/postgresql").listFiles();
        if (versions != null) {
            for (File version : versions) {
                File found = new File(version, "bin/" + program);
                if (found.canExecute()) {
                    return found.getPath();
                }
            }
        }
        return null;
    }

    private static String find(String program) {
        for (String folder : (System.getenv("PATH") + ":/usr/bin:/usr/sbin").split(":")) {
            File found = new File(folder, program);
            if (found.canExecute()) {
                return found.getPath();
            }
        }
        return null;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static Servers started(int port, ProcessBuilder builder) throws Exception {
        Process process = builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        Servers server = new Servers(process, port);
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (System.nanoTime() < until && process.isAlive()) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return server;
            } catch (IOException e) {
                Thread.sleep(20);
            }
        }
        server.close();
        throw new IOException("the server does not start: " + builder.command());
    }

    /** The process of runuser passes the signal on. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
