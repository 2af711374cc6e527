import com.nimbusds.jose.util.JSONObjectUtils;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetAddress;
import java.util.Map;
import no.nav.security.mock.oauth2.MockOAuth2Server;
import no.nav.security.mock.oauth2.OAuth2Config;

/**
 * mock-oauth2-server (navikt), over TLS: reads one line of JSON, keystore and password, prints {"port": N}, and ends when
 * standard input does. Its issuer "services/oauth2" has its token endpoint where Salesforce has it.
 */
public final class MockServer {
  public static void main(String[] arguments) throws Exception {
    // Its log goes elsewhere.
    PrintStream output = System.out;
    System.setOut(System.err);
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    Map<String, Object> options = JSONObjectUtils.parse(input.readLine());
    Map<String, Object> ssl = Map.of(
        "keystoreFile", options.get("keystore"),
        "keystoreType", "PKCS12",
        "keystorePassword", options.get("password"),
        "keyPassword", options.get("password"));
    String config = JSONObjectUtils.toJSONString(
        Map.of("interactiveLogin", false, "httpServer", Map.of("type", "NettyWrapper", "ssl", ssl)));
    MockOAuth2Server server = new MockOAuth2Server(OAuth2Config.Companion.fromJson(config));
    server.start(InetAddress.getLoopbackAddress(), 0);
    output.println("{\"port\": " + server.baseUrl().port() + "}");
    while (input.readLine() != null) {}
    server.shutdown();
  }
}
