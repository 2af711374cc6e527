package io.headlessid;

import static io.headlessid.Fixtures.assertKind;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headlessid.testing.SimulatedOrg;
import java.io.File;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A client's life: cancelling, closing, interrupts, threads, class loaders. */
class ClientTest {
    private static SimulatedOrg org;

    private Set<String> before;

    @BeforeAll
    static void startOrg() {
        org = SimulatedOrg.start();
    }

    @AfterAll
    static void stopOrg() {
        org.close();
    }

    @BeforeEach
    void countThreads() {
        before = poolsOf(Fixtures.ourThreads());
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        org.reset();
        for (int i = 0; i < 100 && !left().isEmpty(); i++) {
            Thread.sleep(20);
        }
        assertTrue(left().isEmpty(), () -> "left: " + left());
    }

    private Set<String> left() {
        return Fixtures.ourThreads(before);
    }

    /** Threads of sessions that another class has forgotten wait ten seconds for more work; each has a number of its own. */
    private static Set<String> poolsOf(Set<String> threads) {
        return threads.stream().filter(name -> name.startsWith("headlessid-store-")).collect(Collectors.toSet());
    }

    private static void slow(int requests) {
        org.fail("{\"endpoint\":\"authorize\",\"delay_ms\":20000,\"times\":" + requests + "}");
    }

    @Test
    void n08_cancelling_a_future_cancels_its_flow_once() throws Exception {
        slow(1);
        try (Client client = org.clientBuilder().build()) {
            CompletableFuture<Guest> future = client.guestAsync();
            assertEquals(1, client.getInFlight());
            assertTrue(future.cancel(true));
            assertTrue(future.cancel(true));
            assertThrows(CancellationException.class, future::get);
            awaitIdle(client);
            // It may have been cancelled before the org saw it; then the delay still waits for the next request.
            org.reset();
            // After the end it does nothing.
            CompletableFuture<Guest> done = client.guestAsync();
            assertNotNull(done.get(20, TimeUnit.SECONDS));
            assertFalse(done.cancel(true));
        }
    }

    @Test
    void n08_completing_a_future_oneself_cancels_its_flow() throws Exception {
        slow(1);
        try (Client client = org.clientBuilder().build()) {
            CompletableFuture<Guest> future = client.guestAsync().orTimeout(200, TimeUnit.MILLISECONDS);
            assertThrows(ExecutionException.class, future::get);
            awaitIdle(client);
        }
    }

    @Test
    void n08_cancel_races_the_end() throws Exception {
        try (Client client = org.clientBuilder().build()) {
            AtomicInteger ends = new AtomicInteger();
            List<CompletableFuture<Guest>> futures = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                CompletableFuture<Guest> future = client.guestAsync();
                future.whenComplete((guest, error) -> ends.incrementAndGet());
                futures.add(future);
            }
            for (CompletableFuture<Guest> future : futures) {
                future.cancel(false);
                Thread.yield();
            }
            awaitIdle(client);
            for (CompletableFuture<Guest> future : futures) {
                assertTrue(future.isDone());
            }
            assertEquals(200, ends.get());
        }
    }

    @Test
    void n08_a_flow_is_cancelled_from_another_thread_while_a_client_runs_it() throws Exception {
        slow(1);
        try (Client client = org.clientBuilder().build(); Flow flow = client.getApp().newFlow("guest")) {
            CompletableFuture<Step> running = client.runAsync(flow);
            // L08: meanwhile no other call gets in.
            assertKind(ErrorKind.STATE, "busy", () -> flow.next(0));
            assertKind(ErrorKind.STATE, "busy", () -> client.run(flow));
            flow.cancel();
            Step.Failed failed = assertInstanceOf(Step.Failed.class, running.get(5, TimeUnit.SECONDS));
            assertTrue(failed.getError().isCancelled());
            assertInstanceOf(Step.Failed.class, flow.next(0));
        }
    }

    @Test
    void l21_closing_a_flow_that_a_client_runs_cancels_it() throws Exception {
        slow(1);
        try (Client client = org.clientBuilder().build()) {
            Flow flow = client.getApp().newFlow("guest");
            CompletableFuture<Step> running = client.runAsync(flow);
            flow.close();
            assertThrows(IllegalStateException.class, () -> flow.next(0));
            assertTrue(assertInstanceOf(Step.Failed.class, running.get(5, TimeUnit.SECONDS)).getError().isCancelled());
        }
    }

    @Test
    void n09_close_ends_a_thousand_flows_once_each_within_a_second() throws Exception {
        slow(2000);
        Client client = org.clientBuilder().build();
        AtomicInteger ends = new AtomicInteger();
        List<CompletableFuture<Guest>> futures = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            CompletableFuture<Guest> future = client.guestAsync();
            future.whenComplete((guest, error) -> ends.incrementAndGet());
            futures.add(future);
        }
        long start = System.nanoTime();
        client.close();
        long millis = (System.nanoTime() - start) / 1_000_000;
        for (CompletableFuture<Guest> future : futures) {
            ExecutionException thrown = assertThrows(ExecutionException.class, () -> future.get(5, TimeUnit.SECONDS));
            HeadlessIdException error = assertInstanceOf(HeadlessIdException.class, thrown.getCause());
            assertEquals(ErrorKind.STATE, error.getKind());
            assertEquals("closed", error.getReason());
        }
        assertEquals(1000, ends.get());
        assertTrue(millis < 10_000, "took " + millis + " ms");
        client.close();
        assertThrows(IllegalStateException.class, client::guest);
        assertThrows(IllegalStateException.class, client::guestAsync);
    }

    @Test
    void l21_close_while_other_threads_call() throws Exception {
        for (int round = 0; round < 20; round++) {
            Client client = org.clientBuilder().build();
            AtomicReference<Throwable> other = new AtomicReference<>();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Thread thread = new Thread(() -> {
                    try {
                        while (true) {
                            client.guest();
                        }
                    } catch (IllegalStateException e) {
                        // Closed before a call: expected.
                    } catch (HeadlessIdException e) {
                        if (e.getKind() != ErrorKind.STATE) {
                            other.set(e);
                        }
                    } catch (Throwable e) {
                        other.set(e);
                    }
                });
                thread.start();
                threads.add(thread);
            }
            Thread.sleep(round);
            client.close();
            for (Thread thread : threads) {
                thread.join(5000);
                assertFalse(thread.isAlive());
            }
            if (other.get() != null) {
                throw new AssertionError(other.get());
            }
        }
    }

    @Test
    void l21_close_from_a_callback_does_not_wait_for_itself() throws Exception {
        Client client = org.clientBuilder().executor(Runnable::run).build();
        client.guestAsync().thenAccept(guest -> client.close()).get(20, TimeUnit.SECONDS);
        assertThrows(IllegalStateException.class, client::guest);
        client.close();
    }

    /** Threads of the native library's own: they have its bare name. */
    private static long nativeThreads() {
        long count = 0;
        File[] tasks = new File("/proc/self/task").listFiles();
        for (File task : tasks == null ? new File[0] : tasks) {
            try {
                count += Files.readAllLines(task.toPath().resolve("comm")).contains("headlessid") ? 1 : 0;
            } catch (IOException e) {
                // It has just ended: no such file, or no such process.
            }
        }
        return count;
    }

    private Set<String> dispatchers() {
        return left().stream().filter(name -> name.startsWith("headlessid-dispatcher-")).collect(Collectors.toSet());
    }

    @Test
    void the_first_future_starts_the_only_thread() throws Exception {
        nothingIsLeft();
        try (Client client = org.clientBuilder().build()) {
            assertNotNull(client.guest().getUvid());
            assertEquals(Collections.emptySet(), left());
            for (int i = 0; i < 3; i++) {
                assertNotNull(client.guestAsync().get(20, TimeUnit.SECONDS).getUvid());
                assertNotNull(client.guest().getUvid());
            }
            assertEquals(1, dispatchers().size());
            assertEquals(0, nativeThreads());
        }
        nothingIsLeft();
    }

    @Test
    void a_thread_that_cannot_be_made_fails_that_flow_alone() throws Exception {
        AtomicInteger starts = new AtomicInteger();
        App app = App.of(org.clientBuilder());
        NativeClient driver = new NativeClient(app, 0, task -> new Thread(task) {
            @Override
            public synchronized void start() {
                if (starts.incrementAndGet() == 1) {
                    throw new OutOfMemoryError("unable to create native thread");
                }
                super.start();
            }
        });
        try (Flow flow = app.newFlow("guest")) {
            CompletableFuture<Step> end = new CompletableFuture<>();
            Driver.Ended ended = (step, error) -> end.complete(step);
            HeadlessIdException refused = assertKind(ErrorKind.STATE, "no_client", () -> driver.start(flow, this, ended));
            assertEquals(Advice.RETRY_LATER, refused.getAdvice());
            assertEquals(0, driver.inFlight());
            // Neither the flow nor the client has changed.
            driver.start(flow, this, ended);
            assertInstanceOf(Step.Done.class, end.get(20, TimeUnit.SECONDS));
            assertEquals(2, starts.get());
        } finally {
            driver.close();
            app.close();
        }
    }

    @Test
    void a_thread_that_was_never_made_is_not_missed_at_the_end() {
        for (boolean used : new boolean[] {false, true}) {
            App app = App.of(org.clientBuilder());
            NativeClient driver = new NativeClient(app, 0, task -> new Thread(task) {
                @Override
                public synchronized void start() {
                    throw new OutOfMemoryError("unable to create native thread");
                }
            });
            if (used) {
                try (Flow flow = app.newFlow("guest")) {
                    assertKind(ErrorKind.STATE, "no_client", () -> driver.start(flow, this, (step, error) -> {}));
                }
            }
            driver.close();
            driver.close();
            app.close();
        }
    }

    @Test
    void l21_futures_that_start_while_others_close() throws Exception {
        for (int round = 0; round < 40; round++) {
            Client client = org.clientBuilder().build();
            CountDownLatch begin = new CountDownLatch(1);
            List<CompletableFuture<Guest>> futures = Collections.synchronizedList(new ArrayList<>());
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                boolean closes = i % 2 == 1;
                Thread thread = new Thread(() -> {
                    try {
                        begin.await();
                        if (closes) {
                            client.close();
                        } else {
                            // No more than may be in flight.
                            for (int started = 0; started < 500; started++) {
                                futures.add(client.guestAsync());
                            }
                        }
                    } catch (IllegalStateException e) {
                        // Closed before the call: expected.
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                });
                thread.start();
                threads.add(thread);
            }
            begin.countDown();
            for (Thread thread : threads) {
                thread.join(20_000);
                assertFalse(thread.isAlive());
            }
            assertEquals(Collections.emptySet(), dispatchers());
            for (CompletableFuture<Guest> future : futures) {
                try {
                    assertNotNull(future.get(20, TimeUnit.SECONDS));
                } catch (ExecutionException e) {
                    assertEquals("closed", assertInstanceOf(HeadlessIdException.class, e.getCause()).getReason());
                }
            }
        }
    }

    @Test
    void a_callback_in_the_clients_thread_may_wait_for_a_flow_and_leave_an_interrupt() throws Exception {
        AtomicReference<Client> own = new AtomicReference<>();
        List<String> threads = Collections.synchronizedList(new ArrayList<>());
        try (Client client = org.clientBuilder().executor(task -> {
            threads.add(Thread.currentThread().getName());
            if (threads.size() == 1) {
                assertNotNull(own.get().guest().getUvid());
                Thread.currentThread().interrupt();
            }
            task.run();
        }).build()) {
            own.set(client);
            for (int i = 0; i < 3; i++) {
                assertNotNull(client.guestAsync().get(20, TimeUnit.SECONDS).getUvid());
            }
            assertEquals(3, threads.size());
            assertEquals(dispatchers(), new TreeSet<>(threads));
        }
    }

    @Test
    void l21_a_forgotten_client_without_a_thread_is_closed() throws Exception {
        int before = Handle.alive();
        WeakReference<Client> forgotten = forgottenWaitingClient();
        for (int i = 0; i < 500 && (forgotten.get() != null || Handle.alive() > before); i++) {
            System.gc();
            Thread.sleep(10);
            Fixtures.app().close();
        }
        assertNull(forgotten.get());
        assertTrue(Handle.alive() <= before);
    }

    private static WeakReference<Client> forgottenWaitingClient() {
        Client client = org.clientBuilder().build();
        assertNotNull(client.guest().getUvid());
        return new WeakReference<>(client);
    }

    @Test
    void l21_a_forgotten_client_is_closed_but_not_while_somebody_waits() throws Exception {
        CompletableFuture<Guest> waited = forgottenClient();
        for (int i = 0; i < 5; i++) {
            System.gc();
            Fixtures.app().close();
        }
        assertNotNull(waited.get(20, TimeUnit.SECONDS).getUvid());
        for (int i = 0; i < 200 && !left().isEmpty(); i++) {
            System.gc();
            Thread.sleep(10);
            Fixtures.app().close();
        }
        assertTrue(left().isEmpty());
    }

    @Test
    void a_closed_client_leaves_no_thread_of_its_sessions() throws Exception {
        Client client = org.clientBuilder().build();
        Sessions closed = client.sessions(new MemoryStore(), Collections.singletonMap("k1", new byte[32]));
        Sessions open = client.sessions(new MemoryStore(), Collections.singletonMap("k1", new byte[32]));
        closed.guest("a");
        open.guest("a");
        assertTrue(poolsOf(left()).size() >= 2, () -> "threads: " + left());
        closed.close();
        client.close();
        for (int i = 0; i < 100 && !poolsOf(left()).isEmpty(); i++) {
            Thread.sleep(20);
        }
        assertEquals(Collections.emptySet(), poolsOf(left()));
    }

    @Test
    void a_thread_that_another_test_has_left_is_not_this_ones() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        Thread theirs = new Thread(() -> {
            try {
                gate.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }, "headlessid-store-0-1");
        theirs.start();
        try {
            countThreads();
            assertEquals(Collections.emptySet(), left());
        } finally {
            gate.countDown();
            theirs.join();
        }
    }

    private static CompletableFuture<Guest> forgottenClient() {
        org.fail("{\"endpoint\":\"authorize\",\"delay_ms\":300,\"times\":1}");
        return org.clientBuilder().build().guestAsync();
    }

    @Test
    void l22_an_interrupt_cancels_the_call_and_stays() throws Exception {
        slow(1);
        try (Client client = org.clientBuilder().build()) {
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            AtomicReference<Boolean> interrupted = new AtomicReference<>();
            CountDownLatch started = new CountDownLatch(1);
            Thread thread = new Thread(() -> {
                started.countDown();
                try {
                    client.guest();
                } catch (Throwable e) {
                    thrown.set(e);
                }
                interrupted.set(Thread.currentThread().isInterrupted());
            });
            thread.start();
            started.await();
            while (client.getInFlight() == 0) {
                Thread.sleep(1);
            }
            thread.interrupt();
            thread.join(5000);
            assertFalse(thread.isAlive());
            assertTrue(assertInstanceOf(HeadlessIdException.class, thrown.get()).isCancelled());
            assertTrue(interrupted.get());
            assertEquals(0, client.getInFlight());
        }
    }

    /** A thousand waiting calls on virtual threads where the VM has them (21 and later), else a hundred on platform threads. */
    @Test
    void l22_virtual_threads_wait_without_their_carriers() throws Exception {
        Method virtual = null;
        for (Method method : Thread.class.getMethods()) {
            if (method.getName().equals("startVirtualThread")) {
                virtual = method;
            }
        }
        int calls = virtual != null ? 1000 : 100;
        org.fail("{\"endpoint\":\"authorize\",\"delay_ms\":200,\"times\":" + calls + "}");
        AtomicInteger good = new AtomicInteger();
        try (Client client = org.clientBuilder().build()) {
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < calls; i++) {
                Runnable call = () -> {
                    if (client.guest(request -> request.timeoutMillis(60_000)).getUvid() != null) {
                        good.incrementAndGet();
                    }
                };
                Thread thread = virtual != null ? (Thread) virtual.invoke(null, call) : new Thread(call);
                if (virtual == null) {
                    thread.start();
                }
                threads.add(thread);
            }
            for (Thread thread : threads) {
                thread.join();
            }
        }
        assertEquals(calls, good.get());
    }

    @Test
    void l22_two_class_loaders_and_one_that_is_unloaded() throws Exception {
        List<URL> path = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            path.add(new File(entry).toURI().toURL());
        }
        List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
        for (int round = 0; round < 3; round++) {
            loaders.add(useOwnLoader(path.toArray(new URL[0])));
        }
        for (int i = 0; i < 100 && loaders.stream().anyMatch(loader -> loader.get() != null); i++) {
            System.gc();
            Thread.sleep(20);
        }
        for (WeakReference<ClassLoader> loader : loaders) {
            assertTrue(loader.get() == null, "a class loader is held");
        }
    }

    private static WeakReference<ClassLoader> useOwnLoader(URL[] path) throws Exception {
        try (URLClassLoader loader = new URLClassLoader(path, ClassLoader.getPlatformClassLoader())) {
            Class<?> own = loader.loadClass(LoaderProbe.class.getName());
            assertTrue(own.getClassLoader() == loader);
            Method use = own.getMethod("use", String.class, String.class, String.class, String.class);
            try {
                Object uvid = use.invoke(null, org.getSite(), org.getPublicApp().getClientId(), org.getPublicApp().getRedirectUri(), org.getCaFile());
                assertNotNull(uvid);
            } catch (InvocationTargetException e) {
                throw new AssertionError(e.getCause());
            }
            return new WeakReference<>(loader);
        }
    }

    /** Run in a class loader of its own. */
    public static final class LoaderProbe {
        private LoaderProbe() {}

        public static String use(String site, String clientId, String redirectUri, String caFile) throws Exception {
            try (Client client = Client.builder().site(site).clientId(clientId).redirectUri(redirectUri).caFile(caFile)
                    .executor(Runnable::run).build()) {
                try {
                    client.guest(request -> request.uvid("none"));
                } catch (HeadlessIdException e) {
                    return client.guestAsync().get(20, TimeUnit.SECONDS).getUvid();
                }
                throw new AssertionError("a malformed UVID was accepted");
            }
        }
    }

    private static void awaitIdle(Client client) throws InterruptedException {
        for (int i = 0; i < 500 && client.getInFlight() > 0; i++) {
            Thread.sleep(10);
        }
        assertEquals(0, client.getInFlight());
    }
}
