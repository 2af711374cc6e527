import io.headlessid.Client;
import io.headlessid.GuestIdentity;
import io.headlessid.HeadlessIdException;
import io.headlessid.MemoryStore;
import io.headlessid.Session;
import io.headlessid.SessionToken;
import io.headlessid.TokenSet;
import io.headlessid.testing.SimulatedOrg;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;

/**
 * A signed-in user over days and processes: tokens in a store, refreshed once among all that use it. Starts a simulated
 * org itself, so it needs nothing else. From this folder, in a
 * clone after `mvn -q -B package` in bindings/java; or with the packages, headlessid-0.1.0.jar and
 * headlessid-testing-0.1.0.jar in a folder DIST:
 *
 *   java -cp ../../bindings/java/target/headlessid-0.1.0.jar Sessions.java
 *   java -cp 'DIST/*' Sessions.java
 */
public final class Sessions {
    public static void main(String[] arguments) {
        byte[] key = new byte[32];
        new SecureRandom().nextBytes(key);
        Map<String, byte[]> keys = Collections.singletonMap("2026-01", key);
        // For more than one process: JdbcStore.sqlite(file), new JdbcStore(dataSource), new JedisStore(jedis), new LettuceStore(connection)
        MemoryStore store = new MemoryStore();
        try (SimulatedOrg org = SimulatedOrg.start();
                Client client = org.clientBuilder().build(); var sessions = client.sessions(store, keys)) {
            // A visitor first: the session has the guest's token and UVID.
            Session session = sessions.guest("browser-7");
            SessionToken visit = session.token();
            System.out.println("guest      uvid " + visit.getUvid());

            // The same session becomes the customer's.
            TokenSet me = client.login(request -> request.username(org.getUser().getUsername()).password(org.getUser().getPassword())
                    .guest(GuestIdentity.of(visit.getUvid(), visit.getAccessToken())));
            sessions.begin("browser-7", me);
            System.out.println("customer   uvid " + session.token().getUvid());

            // Wherever a token is needed, in any process, for days.
            String token = session.accessToken(Duration.ofMinutes(1));
            System.out.println("signed in  " + client.userinfo(request -> request.accessToken(token)).getPreferredUsername());

            // An API said 401: another token, had once however many threads and processes ask.
            String next = session.rejected(token);
            System.out.println("rejected   another token: " + !next.equals(token));

            // Another process sees the same session.
            try (Client other = org.clientBuilder().build(); var elsewhere = other.sessions(store, keys)) {
                System.out.println("elsewhere  the same token: " + elsewhere.get("browser-7").accessToken().equals(next));
            }

            System.out.println("ended      revoked: " + session.end());
            try {
                session.accessToken();
            } catch (HeadlessIdException e) {
                System.out.println("refused    " + e.getMessage() + " (" + e.getAdvice() + ")");
            }
        }
    }
}
