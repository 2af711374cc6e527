package io.headlessid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headlessid.internal.JsonTree;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** The org's side in Java: the same files, rules and texts as the command's, typed. */
class OrgTest {
    private static final String OAUTH = "force-app/main/default/extlClntAppOauthSettings/AcmeShop.ecaOauth-meta.xml";

    @TempDir
    private Path folder;

    private static OrgGenerator generator() {
        return Org.generator("AcmeShop").flows("login", "guest").contactEmail("ops@acme.example").publicClient()
                .redirectUris("https://app.acme.example/callback");
    }

    private static Map<String, String> files() {
        return new LinkedHashMap<>(generator().generate().getFiles());
    }

    private static OrgLinter linterOf(Map<String, String> files) {
        OrgLinter linter = Org.linter();
        files.forEach(linter::file);
        return linter;
    }

    private static Path write(Path folder, Map<String, String> files) throws IOException {
        for (Map.Entry<String, String> file : files.entrySet()) {
            Path path = folder.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.writeString(path, file.getValue());
        }
        return folder;
    }

    private static void assertRefuses(String field, Executable call) {
        HeadlessIdException e = assertThrows(HeadlessIdException.class, call);
        assertEquals(ErrorKind.ARGUMENT, e.getKind());
        assertEquals(field, e.getField());
        assertTrue(e.getMessage().startsWith(field + " "), e.getMessage());
    }

    @Test
    void aBuildWithoutItSaysSo() {
        Assumptions.assumeFalse(Org.isAvailable());
        List<Executable> calls = List.of(() -> Org.linter().path(folder.resolve("missing")).lint(), () -> generator().generate(),
                () -> Org.explain("login"));
        for (Executable call : calls) {
            HeadlessIdException e = assertThrows(HeadlessIdException.class, call);
            assertEquals(ErrorKind.STATE, e.getKind());
            assertEquals("no_org_part", e.getReason());
            assertTrue(e.getMessage().contains("HLID_ORG"), e.getMessage());
        }
    }

    @Nested
    class InABuildWithIt {
        @BeforeEach
        void need() {
            Assumptions.assumeTrue(Org.isAvailable());
        }

        @Test
        void whatIsGeneratedHasNothingToChange() {
            OrgReport report = linterOf(files()).flows("login", "guest").publicClient().lint();
            assertTrue(report.isOk(), report::toString);
            assertEquals(List.of(), report.getFindings());
            assertEquals(67, report.getApiVersion());
            OrgReport.App app = report.getApp("AcmeShop");
            assertFalse(app.isConnectedApp());
            assertEquals(List.of("login", "guest"), List.copyOf(app.getFlows().keySet()));
            app.getFlows().values().forEach(flow -> assertEquals(OrgReport.Verdict.WORKS, flow.getVerdict()));
            assertNull(report.getApp("Other"));
        }

        @Test
        void aFindingSaysWhereAndWhat() {
            Map<String, String> files = files();
            files.computeIfPresent(OAUTH, (path, text) -> text.replace("</ExtlClntAppOauthSettings>", "</Other>"));
            OrgReport report = linterOf(files).flows("login").publicClient().lint();
            assertFalse(report.isOk());
            OrgReport.Finding finding = report.getFindings().stream().filter(one -> OAUTH.equals(one.getFile())).findFirst().orElseThrow();
            assertEquals(OrgReport.Severity.ERROR, finding.getSeverity());
            assertTrue(finding.getLine() > 0);
            assertEquals(OAUTH + ":" + finding.getLine() + ": error: " + finding.getMessage() + " " + finding.getChange(), finding.toString());
            assertTrue(report.toString().contains(finding.toString()));
        }

        @Test
        void aTextThatIsNotUnicodeIsAFindingAtItsFile() {
            OrgReport report = Org.linter().file("externalClientApps/Bad\ud83d.eca", "<ExternalClientApplication>\ud83d</ExternalClientApplication>").lint();
            OrgReport.Finding finding = report.getFindings().get(0);
            assertEquals("xml_encoding", finding.getId());
            assertEquals("externalClientApps/Bad\ufffd.eca", finding.getFile());
        }

        @Test
        void whatCannotBeReadIsNamed() throws Exception {
            Path loop = Files.createSymbolicLink(folder.resolve("loop"), folder.resolve("loop"));
            UncheckedIOException e = assertThrows(UncheckedIOException.class, () -> Org.linter().path(loop).lint());
            assertTrue(e.getMessage().contains(loop.toString()), e.getMessage());
            UncheckedIOException gone = assertThrows(UncheckedIOException.class, () -> Org.linter().path(folder.resolve("gone")).lint());
            assertTrue(gone.getMessage().contains("gone"), gone.getMessage());
            Path pipe = folder.resolve("pipe.eca");
            assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
            assertRefuses("path", () -> Org.linter().path(pipe).lint());
            Path empty = Files.createFile(folder.resolve("empty.eca"));
            assertRefuses("path", () -> Org.linter().path(empty).lint());
            Path known = Files.createFile(folder.resolve("Empty.eca-meta.xml"));
            assertEquals("xml_empty", Org.linter().path(known).lint().getFindings().get(0).getId());
            Files.createSymbolicLink(folder.resolve("up"), folder);
            long found = Org.linter().path(folder).lint().getFindings().stream().filter(finding -> finding.getId().equals("xml_empty")).count();
            assertEquals(1, found, "the link to the folder is not followed");
        }

        @Test
        void aFlowThatDoesNotWorkIsNotOkOnlyWhereItIsWanted() {
            assertTrue(linterOf(files()).lint().isOk());
            assertFalse(linterOf(files()).lint().toString().contains("client_credentials"));
            OrgReport report = linterOf(files()).flows("client_credentials").lint();
            assertFalse(report.isOk());
            OrgReport.Flow flow = report.getApp("AcmeShop").getFlows().get("client_credentials");
            assertEquals(OrgReport.Verdict.DOES_NOT, flow.getVerdict());
            assertFalse(flow.isWorking());
            assertTrue(report.getFindings().containsAll(flow.getFindings()) && !flow.getFindings().isEmpty());
            assertTrue(report.toString().contains("AcmeShop: client_credentials does not work: "), report::toString);
        }

        @Test
        void filesWithoutAnAppAreNotOkWhereFlowsAreWanted() {
            Map<String, String> files = files();
            files.keySet().removeIf(path -> !path.endsWith("package.xml"));
            assertTrue(linterOf(files).lint().isOk());
            OrgReport report = linterOf(files).flows("login").lint();
            assertFalse(report.isOk());
            assertEquals("these files have no app (1 read)", report.toString());
        }

        @Test
        void readsTheFilesThatTheCommandReads() throws Exception {
            String command = System.getenv("HEADLESSID_CLI");
            Assumptions.assumeTrue(command != null, "HEADLESSID_CLI names no command");
            Path project = write(folder.resolve("shop"), files());
            Path main = project.resolve("force-app/main/default");
            write(main, Map.of("Shop.network", "\ufeff \n<Network/>", "notes.txt", "no file of the org", ".sfdx/Hidden.eca-meta.xml",
                    "<ExternalClientApplication/>", "node_modules/Hidden.eca-meta.xml", "<ExternalClientApplication/>"));
            Files.write(main.resolve("externalClientApps/Bad.eca-meta.xml"),
                    "<ExternalClientApplication>\u00ff</ExternalClientApplication>".getBytes(StandardCharsets.ISO_8859_1));
            Files.createSymbolicLink(main.resolve("Link.eca-meta.xml"), main.resolve("Shop.network"));
            Path link = Files.createSymbolicLink(folder.resolve("link"), project.resolve("force-app"));
            for (Path place : List.of(project, project.resolve("force-app"), link, main.resolve("Shop.network"))) {
                Process process = new ProcessBuilder(command, "org", "lint", place.toString(), "--json", "--flows", "login").start();
                Map<?, ?> said = (Map<?, ?>) JsonTree.read(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
                OrgReport report = Org.linter().path(place).flows("login").lint();
                assertEquals(said.get("files_read"), (long) report.getFilesRead());
                List<?> findings = (List<?>) said.get("findings");
                assertEquals(findings.size(), report.getFindings().size());
                for (int i = 0; i < findings.size(); i++) {
                    Map<?, ?> one = (Map<?, ?>) findings.get(i);
                    OrgReport.Finding finding = report.getFindings().get(i);
                    assertEquals(one.get("id"), finding.getId());
                    assertEquals(one.get("file"), finding.getFile() == null ? "" : finding.getFile());
                    assertEquals(one.get("line"), (long) finding.getLine());
                    assertEquals(one.get("message"), finding.getMessage());
                }
                assertFalse(report.toString().contains("Hidden") || report.toString().contains("Link"), report::toString);
            }
        }

        @Test
        void readsAZipByItsPathAndItsBytes() throws IOException {
            byte[] zip = generator().mdapi().generate().getZip();
            assertNotNull(zip);
            try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(zip))) {
                ZipEntry first = in.getNextEntry();
                assertNotNull(first);
            }
            Path file = Files.write(folder.resolve("shop.zip"), zip);
            assertTrue(Org.linter().zip(zip).flows("login").publicClient().lint().isOk());
            assertTrue(Org.linter().zip(zip).flows("login").strict().publicClient().lint().isOk());
            assertRefuses("app", () -> Org.linter().zip(zip).app("Nowhere").lint());
            assertRefuses("strict", () -> Org.linter().zip(zip).strict().lint());
            assertTrue(Org.linter().path(file).flows("login").publicClient().lint().isOk());
            assertNull(generator().generate().getZip());
        }

        @Test
        void wrongArgumentsAreNamed() {
            assertRefuses("flows", () -> linterOf(files()).flows("logn").lint());
            assertRefuses("apiVersion", () -> linterOf(files()).apiVersion(0).lint());
            assertRefuses("files", () -> Org.linter().lint());
            assertRefuses("contactEmail", () -> generator().contactEmail("not an address").generate());
            assertRefuses("redirectUris", () -> generator().redirectUris("there").generate());
            assertRefuses("path", () -> Org.linter().path(folder).lint());
            assertRefuses("word", () -> Org.explain(" "));
            assertThrows(UncheckedIOException.class, () -> Org.linter().path(folder.resolve("missing")).lint());
        }

        @Test
        void judgesWhatTheAppUsesBesides() {
            OrgLinter.Use[] all = OrgLinter.Use.values();
            assertTrue(linterOf(files()).flows("login").publicClient().uses().lint().isOk());
            assertNotNull(linterOf(files()).flows("login").publicClient().uses(all).credentialsPlacement(CredentialsPlacement.BODY).lint());
        }

        @Test
        void aCodeWithSeveralMeaningsHasEachWithItsHint() {
            OrgExplanation.Entry code = Org.explain("inactive_user").getEntries().stream()
                    .filter(entry -> entry.getKind() == OrgExplanation.Kind.ERROR_CODE)
                    .findFirst()
                    .orElseThrow();
            assertNull(code.getHint());
            assertEquals("inactive_user", code.getMeanings().get(0).getReason());
            assertTrue(code.getMeanings().stream().anyMatch(one -> one.getReason().equals("invalid_credentials")));
            assertNotNull(Org.explain("no word of this at all is a setting").getAdvice());
        }

        @Test
        void aSecondAppJoinsTheFilesOfTheFirst() {
            OrgGenerator second = Org.generator("Batch").flows("client_credentials").contactEmail("ops@acme.example")
                    .runAsUser("integration@acme.example");
            Org.generator("Shop").flows("login").contactEmail("ops@acme.example").redirectUris("https://a.example/cb")
                    .generate().getFiles().forEach(second::existing);
            OrgFiles files = second.generate();
            assertEquals(java.util.List.of("manifest/package.xml"), files.getMerged());
            String manifest = files.getFiles().get("manifest/package.xml");
            assertTrue(manifest.contains(">Shop<") && manifest.contains(">Batch<"));
            assertTrue(files.getFiles().containsKey("SETUP-Batch.md"));
        }

        @Test
        void explainsWords() {
            OrgExplanation.Entry entry = Org.explain("app_callback").getEntries().get(0);
            assertEquals(OrgExplanation.Kind.SETTING, entry.getKind());
            assertEquals("the app > Callback URL", entry.getSetup());
            assertTrue(entry.getMetadata().toString().contains("ExtlClntAppGlobalOauthSettings.callbackUrl"));
            assertTrue(Org.explain("ExternalClientApplication").getEntries().stream()
                    .anyMatch(one -> one.getKind() == OrgExplanation.Kind.TYPE && "externalClientApps".equals(one.getFolder())));
            OrgExplanation unknown = Org.explain("app_calback");
            assertEquals(List.of(), unknown.getEntries());
            assertTrue(unknown.getNearest().contains("app_callback"));
        }

        /** The job in docs/org.md, with the app of examples/org, and then with a file of another broken. */
        @Test
        void thePageHasAJobThatRuns() throws IOException {
            Path repository = Path.of(System.getProperty("headlessid.repository"));
            String job = "Org.linter().path(Paths.get(\"force-app\")).flows(\"login\", \"guest\").strict().publicClient().lint()";
            assertTrue(Files.readString(repository.resolve("docs/org.md")).contains(job));
            OrgReport good = Org.linter().path(repository.resolve("examples/org/force-app")).flows("login", "guest").strict().publicClient().lint();
            assertTrue(good.isOk(), good::toString);
            Path project = write(folder.resolve("job"), files());
            Path file = project.resolve(OAUTH);
            Files.writeString(file, Files.readString(file).replace("</ExtlClntAppOauthSettings>", ""));
            OrgReport bad = Org.linter().path(project.resolve("force-app")).flows("login", "guest").publicClient().lint();
            assertFalse(bad.isOk());
            assertTrue(bad.toString().contains(OAUTH + ":"), bad::toString);
        }
    }
}
