import io.headlessid.Client;
import io.headlessid.Introspection;
import io.headlessid.TokenSet;
import io.headlessid.testing.SimulatedOrg;

/**
 * A job that acts for several users, none of whom is there: jwt_bearer gets a token for each, with the app's key and no
 * secret. Starts a simulated org itself. From this folder, in a
 * clone after `mvn -q -B package` in bindings/java; or with the packages, headlessid-0.1.0.jar and
 * headlessid-testing-0.1.0.jar in a folder DIST:
 *
 *   java -cp ../../bindings/java/target/headlessid-0.1.0.jar JwtBearerJob.java
 *   java -cp 'DIST/*' JwtBearerJob.java
 */
public final class JwtBearerJob {
    public static void main(String[] arguments) {
        try (SimulatedOrg org = SimulatedOrg.start(); Client client = clientOf(org)) {
            for (SimulatedOrg.User user : org.getUsers().subList(0, 2)) {
                work(client, user.getUsername());
            }
        }
        System.out.println("done, and the tokens are revoked");
    }

    /**
     * Your own org: Client.builder().fromEnvironment().build(), with HEADLESSID_SITE=https://acme.my.salesforce.com (My
     * Domain), HEADLESSID_CLIENT_ID and HEADLESSID_PRIVATE_KEY: the PEM of the key that belongs to the app's certificate.
     * Where the key must not leave a KMS, the builder's signer signs there.
     */
    private static Client clientOf(SimulatedOrg org) {
        SimulatedOrg.App app = org.getIntegrationApp();
        return Client.builder()
                .site(org.getSite())
                .caFile(org.getCaFile())
                .clientId(app.getClientId())
                .privateKey(app.getPrivateKey())
                .tokenEndpointAuthMethod("private_key_jwt") // the key proves the app to introspection, too
                .build();
    }

    private static void work(Client client, String username) {
        // No refresh token comes back: a job that outlives its token runs the flow again.
        TokenSet token = client.jwtBearer(request -> request.username(username));
        try {
            // Your calls of Salesforce's APIs go to token.getInstanceUrl(), with token.getAccessToken(). Here: whose is it?
            Introspection about = client.introspect(request -> request.token(token.getAccessToken()));
            System.out.println("acts for " + about.getUsername() + ", with " + String.join(" ", about.getScope()));
        } finally {
            client.revoke(request -> request.token(token.getAccessToken()));
        }
    }
}
