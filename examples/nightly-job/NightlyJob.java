import io.headlessid.Client;
import io.headlessid.Introspection;
import io.headlessid.TokenSet;
import io.headlessid.testing.SimulatedOrg;

/**
 * A job without a person: client_credentials gets a token for the app, the job works with it, and revokes it. Starts a
 * simulated org itself. From this folder, in a
 * clone after `mvn -q -B package` in bindings/java; or with the packages, headlessid-0.1.0.jar and
 * headlessid-testing-0.1.0.jar in a folder DIST:
 *
 *   java -cp ../../bindings/java/target/headlessid-0.1.0.jar NightlyJob.java
 *   java -cp 'DIST/*' NightlyJob.java
 */
public final class NightlyJob {
    public static void main(String[] arguments) {
        // Your own org: Client.builder().fromEnvironment().build(), with HEADLESSID_SITE=https://acme.my.salesforce.com
        // (My Domain), HEADLESSID_CLIENT_ID and HEADLESSID_CLIENT_SECRET.
        try (SimulatedOrg org = SimulatedOrg.start();
                Client client = org.clientBuilder(org.getIntegrationApp()).site(org.getOrigin()).build()) {
            work(client);
        }
        System.out.println("done, and the token is revoked");
    }

    private static void work(Client client) {
        // No refresh token comes back: a job that outlives its token runs the flow again.
        TokenSet token = client.clientCredentials();
        try {
            // Your calls of Salesforce's APIs go to token.getInstanceUrl(), with token.getAccessToken(). Here: whose is it?
            Introspection about = client.introspect(request -> request.token(token.getAccessToken()));
            System.out.println("runs as " + about.getUsername() + ", with " + String.join(" ", about.getScope()));
        } finally {
            client.revoke(request -> request.token(token.getAccessToken()));
        }
    }
}
