package io.headlessid;

import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** L28: every recorded conversation gives the same result as in every other language. */
class VectorsTest {
    @TestFactory
    List<DynamicTest> l28_vectors() throws IOException {
        Path folder = Fixtures.repository().resolve("tests/vectors");
        Map<String, JsonNode> cases = new LinkedHashMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".json")).sorted().collect(Collectors.toList())) {
                ObjectNode vector = (ObjectNode) new ObjectMapper().readTree(file.toFile());
                cases.putAll(VectorPlayer.spread(folder.relativize(file).toString().replace(".json", ""), vector));
            }
        }
        assertFalse(cases.isEmpty(), "there are no vectors");
        return cases.entrySet().stream()
                .map(each -> DynamicTest.dynamicTest(each.getKey(), () -> new VectorPlayer(each.getValue()).play()))
                .collect(Collectors.toList());
    }
}
