import io.headlessid.Challenge;
import io.headlessid.Client;
import io.headlessid.FlowKinds;
import io.headlessid.Guest;
import io.headlessid.HeadlessIdException;
import io.headlessid.TokenSet;
import io.headlessid.UserInfo;
import io.headlessid.testing.SimulatedOrg;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Collections;
import java.util.concurrent.CompletableFuture;

/**
 * A visitor becomes a signed-in customer, and the named token holds the visitor's UVID. Starts a simulated
 * org itself, so it needs nothing else. From this folder, in a
 * clone after `mvn -q -B package` in bindings/java; or with the packages, headlessid-0.1.0.jar and
 * headlessid-testing-0.1.0.jar in a folder DIST:
 *
 *   java -cp ../../bindings/java/target/headlessid-0.1.0.jar GuestToCustomer.java
 *   java -cp 'DIST/*' GuestToCustomer.java
 */
public final class GuestToCustomer {
    public static void main(String[] arguments) {
        byte[] sealKey = new byte[32];
        new SecureRandom().nextBytes(sealKey);
        try (SimulatedOrg org = SimulatedOrg.start();
                Client client = org.clientBuilder().sealKeys(Collections.singletonMap("today", sealKey)).build()) {
            // Your own org: Client.builder().site("https://acme.my.site.com/shop").clientId(...).redirectUri(...).build()
            Guest guest = client.guest();
            System.out.println("guest      uvid " + guest.getUvid());

            char[] password = org.getUser().getPassword().toCharArray();
            TokenSet me = client.login(request -> request.username(org.getUser().getUsername()).password(password).guest(guest));
            Arrays.fill(password, '\0');
            System.out.println("customer   uvid " + me.getUvid() + ", " + me.getUvidCarry());

            // The same, without blocking.
            CompletableFuture<UserInfo> info = client.userinfoAsync(request -> request.accessToken(me.getAccessToken()));
            System.out.println("signed in  " + info.join().getPreferredUsername());

            try {
                client.login(request -> request.username(org.getUser().getUsername()).password("wrong"));
            } catch (HeadlessIdException e) {
                System.out.println("refused    " + e.getMessage() + " (ask again: " + e.isInvalidCredentials() + ")");
            }

            // With a code from an email. A sealed challenge is text: another process may receive the code.
            String ticket = client.passwordlessLogin(request ->
                    request.username(org.getUser().getUsername()).verificationMethod("email").guest(guest)).seal();
            Challenge<TokenSet> challenge = client.resume(ticket, FlowKinds.PASSWORDLESS_LOGIN);
            try {
                challenge.verify("000000");
            } catch (HeadlessIdException e) {
                System.out.println("refused    " + e.getMessage() + " (ask again: " + e.isOtpInvalid() + ")");
            }
            TokenSet byCode = challenge.verify(org.lastOtp(org.getUser().getUsername()));
            System.out.println("by code    uvid " + byCode.getUvid() + ", " + byCode.getUvidCarry());

            client.logout(me);
            System.out.println("signed out");
        }
    }
}
