package io.headlessid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The library's classes depend on each other in one direction: generated tables at the bottom, Client on top. */
class CirclesTest {
    private static final Path SOURCES = Path.of(System.getProperty("headlessid.repository"), "bindings/java/src");
    private static final Path GENERATED = SOURCES.resolve("generated/java");
    private static final Pattern NOT_CODE =
            Pattern.compile("/\\*.*?\\*/|//[^\n]*|\"(?:\\\\.|[^\"\\\\])*\"|'(?:\\\\.|[^'\\\\])*'", Pattern.DOTALL);
    private static final Pattern WORD = Pattern.compile("(?<![\\w.])[A-Z]\\w*");
    // An import names a class with its package.
    private static final Pattern OUR_PACKAGE = Pattern.compile("io\\.headlessid\\.(?:\\w+\\.)*(?=[A-Z])");

    private static List<Path> sources(Path folder) throws IOException {
        try (Stream<Path> walk = Files.walk(folder)) {
            return walk.filter(path -> path.toString().endsWith(".java") && !path.endsWith("package-info.java")).collect(Collectors.toList());
        }
    }

    private static String className(Path source) {
        return source.getFileName().toString().replace(".java", "");
    }

    /** Each of our classes, with the others that its source names outside of comments and texts. */
    private static Map<String, Set<String>> references() throws IOException {
        List<Path> files = new ArrayList<>(sources(SOURCES.resolve("main/java")));
        files.addAll(sources(GENERATED));
        files.addAll(sources(Path.of(System.getProperty("headlessid.stage"), "java")));
        Map<String, String> texts = new TreeMap<>();
        for (Path file : files) {
            assertEquals(null, texts.put(className(file), Files.readString(file)), () -> "two classes " + className(file));
        }
        return references(texts);
    }

    private static Map<String, Set<String>> references(Map<String, String> texts) {
        Map<String, Set<String>> found = new TreeMap<>();
        texts.forEach((name, text) -> {
            Set<String> named = new TreeSet<>();
            String code = OUR_PACKAGE.matcher(NOT_CODE.matcher(text).replaceAll(" ")).replaceAll("");
            Matcher word = WORD.matcher(code);
            while (word.find()) {
                if (texts.containsKey(word.group()) && !word.group().equals(name)) {
                    named.add(word.group());
                }
            }
            found.put(name, named);
        });
        return found;
    }

    /** A shortest way from the class back to itself; null if there is none. */
    private static List<String> circleOf(String start, Map<String, Set<String>> references) {
        Map<String, String> reachedFrom = new TreeMap<>();
        Deque<String> open = new ArrayDeque<>(List.of(start));
        while (!open.isEmpty()) {
            String at = open.remove();
            for (String next : references.get(at)) {
                if (reachedFrom.putIfAbsent(next, at) == null) {
                    open.add(next);
                }
            }
        }
        if (!reachedFrom.containsKey(start)) {
            return null;
        }
        List<String> circle = new ArrayList<>(List.of(start));
        for (String at = reachedFrom.get(start); !at.equals(start); at = reachedFrom.get(at)) {
            circle.add(1, at);
        }
        circle.add(start);
        return circle;
    }

    private static List<List<String>> circles(Map<String, Set<String>> references) {
        return references.keySet().stream().map(name -> circleOf(name, references)).filter(circle -> circle != null).collect(Collectors.toList());
    }

    @Test
    void no_class_leads_back_to_itself() throws IOException {
        Map<String, Set<String>> references = references();
        assertTrue(references.get("Client").contains("App") && references.get("OkHttpTransport").contains("Transport"), references::toString);
        assertEquals(List.of(), circles(references));
    }

    @Test
    void generated_tables_are_below_and_generated_methods_on_top() throws IOException {
        Map<String, Set<String>> references = references();
        Set<String> machines = Set.of("App", "Challenge", "Client", "Flow", "FlowExecutor", "FlowMethods", "FlowRunner", "NativeClient");
        for (Path source : sources(GENERATED)) {
            String name = className(source);
            if (!name.equals("FlowMethods")) {
                assertTrue(references.get(name).stream().noneMatch(machines::contains), () -> name + " names " + references.get(name));
            }
        }
        references.forEach((name, named) -> assertTrue(!named.contains("FlowMethods") || name.equals("Client"), name));
    }

    @Test
    void a_circle_is_found_through_code_alone() {
        Map<String, String> texts = new TreeMap<>();
        texts.put("A", "import io.headlessid.internal.B; class A { B b; }");
        texts.put("B", "class B { C c() { return new C(); } }");
        texts.put("C", "class C { } // A, and \"A\"");
        assertEquals(List.of(), circles(references(texts)));
        texts.put("C", "class C extends A.Inner { String s = \"//\"; }");
        assertEquals(List.of("A", "B", "C", "A"), circles(references(texts)).get(0));
    }
}
