package io.headlessid;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The Java versions in the documentation are those of the pom. */
class StatementsTest {
    private static String read(String file) throws IOException {
        return Files.readString(Fixtures.repository().resolve(file));
    }

    private static String property(String name) throws IOException {
        Matcher found = Pattern.compile("<" + Pattern.quote(name) + ">(\\d+)<").matcher(read("bindings/java/pom.xml"));
        assertTrue(found.find(), name);
        return found.group(1);
    }

    private static void says(String page, String sentence) throws IOException {
        assertTrue(read(page).contains(sentence), () -> page + " does not say: " + sentence);
    }

    @Test
    void every_page_names_the_java_that_runs_and_the_jdk_that_builds() throws IOException {
        String runs = property("maven.compiler.release");
        String builds = property("maven.compiler.testRelease");
        says("README.md", "Java " + runs + "+ (JDK " + builds + "+ builds it)");
        says("docs/versions.md", "| Java | " + runs + " or newer to run, JDK " + builds + " or newer to build and test |");
        says("bindings/java/README.md", "Java " + runs + " language and API level");
        says("bindings/java/README.md", "JDK " + builds + " or newer");
    }
}
