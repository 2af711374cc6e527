package shop;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import shop.SignInState.Screen;

/** A person who uses the app: taps, and watches the screen until it is still. Runs on her own thread. */
final class Person {
    private static final SignInState CRASHED = new SignInState(Screen.STARTING, "crashed", null);

    private final ShopApp app;
    private final BlockingQueue<SignInState> seen = new LinkedBlockingQueue<>();

    Person(ShopApp app) {
        this.app = app;
        app.main.onCrash(() -> seen.add(CRASHED));
        app.main.tap(() -> app.signIn.observe(seen::add));
    }

    SignInState taps(String what, Screen expected, Runnable tap) {
        seen.clear();
        app.main.tap(tap);
        SignInState still = stillScreen();
        System.out.println("she " + what + ": " + still);
        if (still.screen != expected) {
            throw new IllegalStateException("the screen shows " + still + ", not " + expected);
        }
        return still;
    }

    private SignInState stillScreen() {
        try {
            SignInState state = seen.take();
            while (state.screen == Screen.WORKING) {
                state = seen.take();
            }
            app.main.rethrowCrash();
            return state;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
