package shop;

import io.headlessid.testing.SimulatedOrg;
import java.util.HashMap;
import java.util.Map;
import okhttp3.OkHttpClient;
import shop.SignInState.Screen;

/**
 * A shop's sign-in as in an Android app: OkHttp, futures, a main thread that never waits, and a process
 * that is killed while a person looks for the code in her mail. Starts a simulated org itself. From the
 * repository, once `mvn -q -B -ntp -f bindings/java/pom.xml package` has run:
 *
 *   mvn -q -B -ntp -f examples/jvm-app/pom.xml package exec:java
 */
public final class Story {
    private Story() {}

    public static void main(String[] arguments) {
        try (SimulatedOrg org = SimulatedOrg.start()) {
            OkHttpClient http = new OkHttpClient.Builder().sslSocketFactory(org.getSocketFactory(), org.getTrustManager()).build();
            try {
                signInAcrossTwoProcesses(org, http);
                register(org, http);
            } finally {
                http.connectionPool().evictAll();
            }
        }
    }

    private static ShopApp process(SimulatedOrg org, OkHttpClient http, Installation installation) {
        // The host's stack brings its own trust; ca_file is for the library's own client.
        return new ShopApp(org.clientBuilder().caFile(null), http, installation);
    }

    private static void signInAcrossTwoProcesses(SimulatedOrg org, OkHttpClient http) {
        Installation installation = new Installation();
        String username = org.getUser().getUsername();
        byte[] saved;
        String uvid;
        try (ShopApp app = process(org, http, installation)) {
            Person person = new Person(app);
            uvid = person.taps("opens the shop", Screen.BROWSING, app.signIn::open).uvid;
            person.taps("signs in with a code", Screen.CODE, () -> app.signIn.signInWithCode(username));
            Bundle bundle = new Bundle();
            app.main.tap(() -> app.signIn.save(bundle));
            saved = bundle.toParcel();
        }
        System.out.println("the process is gone; " + saved.length + " bytes of it are left");
        try (ShopApp app = process(org, http, installation)) {
            Person person = new Person(app);
            person.taps("comes back", Screen.CODE, () -> app.signIn.restore(Bundle.fromParcel(saved)));
            person.taps("mistypes the code", Screen.CODE, () -> app.signIn.enterCode("000000"));
            person.taps("asks for another", Screen.CODE, app.signIn::sendAnotherCode);
            SignInState last = person.taps("types the code", Screen.SIGNED_IN, () -> app.signIn.enterCode(org.lastOtp(username)));
            check(uvid.equals(last.uvid), "the visitor was lost on the way");
        }
    }

    private static void register(SimulatedOrg org, OkHttpClient http) {
        Map<String, String> nora = new HashMap<>();
        nora.put("firstName", "Nora");
        nora.put("lastName", "Nguyen");
        nora.put("email", "nora@example.com");
        try (ShopApp app = process(org, http, new Installation())) {
            Person person = new Person(app);
            String uvid = person.taps("opens the shop", Screen.BROWSING, app.signIn::open).uvid;
            person.taps("registers", Screen.CODE, () -> app.signIn.register(nora, "Nora-Pass-1".toCharArray()));
            SignInState last = person.taps("types the code", Screen.SIGNED_IN, () -> app.signIn.enterCode(org.lastOtp("nora@example.com")));
            check(uvid.equals(last.uvid), "the visitor was lost on the way");
        }
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise);
        }
    }
}
