package shop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.headlessid.testing.SimulatedOrg;
import java.util.concurrent.atomic.AtomicReference;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import shop.SignInState.Screen;

/** What the story does not show: the guard stops blocking calls, and the app survives failures. */
class StoryTest {
    private static SimulatedOrg org;
    private static OkHttpClient http;

    private final Installation installation = new Installation();

    @BeforeAll
    static void startOrg() {
        org = SimulatedOrg.start();
        http = new OkHttpClient.Builder().sslSocketFactory(org.getSocketFactory(), org.getTrustManager()).build();
    }

    @AfterAll
    static void stopOrg() {
        http.connectionPool().evictAll();
        org.close();
    }

    @AfterEach
    void reset() {
        org.reset();
    }

    private ShopApp process() {
        return new ShopApp(org.clientBuilder().caFile(null), http, installation);
    }

    @Test
    void a_call_that_waits_is_stopped_on_the_main_thread_and_nowhere_else() {
        try (ShopApp app = process()) {
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            app.main.tap(() -> thrown.set(assertThrows(RuntimeException.class, () -> app.client().guest())));
            assertTrue(String.valueOf(thrown.get().getCause()).contains("StrictMode"), () -> thrown.get().toString());
            assertNotNull(app.client().guest().getUvid());
        }
    }

    @Test
    void work_that_follows_a_response_is_stopped_on_the_main_thread() {
        try (MainThread main = new MainThread()) {
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            main.tap(() -> thrown.set(assertThrows(IllegalStateException.class, () -> new StrictMode(main).executor(Runnable::run).execute(() -> {}))));
            assertTrue(thrown.get().getMessage().contains("StrictMode"));
        }
    }

    @Test
    void another_installation_cannot_open_what_was_saved() {
        Bundle bundle = new Bundle();
        try (ShopApp app = process()) {
            Person person = new Person(app);
            person.taps("opens the shop", Screen.BROWSING, app.signIn::open);
            person.taps("signs in with a code", Screen.CODE, () -> app.signIn.signInWithCode(org.getUser().getUsername()));
            app.main.tap(() -> app.signIn.save(bundle));
        }
        try (ShopApp thief = new ShopApp(org.clientBuilder().caFile(null), http, new Installation())) {
            SignInState state = new Person(thief).taps("comes with another's state", Screen.BROWSING, () -> thief.signIn.restore(bundle));
            assertEquals("Please begin again.", state.message);
        }
    }

    @Test
    void another_code_helps_where_the_attempts_at_one_are_used_up() {
        org.changeSettings("{\"max_otp_attempts\":1}");
        try (ShopApp app = process()) {
            Person person = new Person(app);
            person.taps("opens the shop", Screen.BROWSING, app.signIn::open);
            person.taps("signs in with a code", Screen.CODE, () -> app.signIn.signInWithCode(org.getUser().getUsername()));
            SignInState state = person.taps("mistypes the code", Screen.CODE, () -> app.signIn.enterCode("000000"));
            assertEquals("That is not the code.", state.message);
            person.taps("asks for another", Screen.CODE, app.signIn::sendAnotherCode);
            person.taps("types that one", Screen.SIGNED_IN, () -> app.signIn.enterCode(org.lastOtp(org.getUser().getUsername())));
        }
    }

    @Test
    void a_site_that_does_not_respond_leaves_the_visitor_in_the_shop() {
        try (ShopApp app = process()) {
            Person person = new Person(app);
            String uvid = person.taps("opens the shop", Screen.BROWSING, app.signIn::open).uvid;
            org.fail("{\"endpoint\":\"init_passwordless\",\"status\":503,\"times\":1}");
            SignInState state = person.taps("signs in with a code", Screen.BROWSING, () -> app.signIn.signInWithCode(org.getUser().getUsername()));
            assertEquals(uvid, state.uvid);
            assertNotNull(state.message);
            Bundle bundle = new Bundle();
            app.main.tap(() -> app.signIn.save(bundle));
            assertFalse(bundle.toParcel().length == 0);
            assertEquals(null, bundle.getString("challenge"));
            assertNotNull(bundle.getString("visitor"));
        }
    }

    @Test
    void the_story_is_told_to_its_end() {
        Story.main(new String[0]);
    }
}
