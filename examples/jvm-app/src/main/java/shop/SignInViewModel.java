package shop;

import io.headlessid.Challenge;
import io.headlessid.Client;
import io.headlessid.FlowKinds;
import io.headlessid.Guest;
import io.headlessid.HeadlessIdException;
import io.headlessid.TokenSet;
import io.headlessid.Visitor;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import shop.SignInState.Screen;

/**
 * The sign-in of the shop. Every method is called on the main thread, and every state is set there; slow work is
 * a future that continues with {@code whenCompleteAsync(..., main)}.
 */
final class SignInViewModel {
    private final Client client;
    private final MainThread main;
    private final String installationId;
    private final CopyOnWriteArrayList<Consumer<SignInState>> observers = new CopyOnWriteArrayList<>();
    private volatile SignInState state = new SignInState(Screen.STARTING, null, null);
    private Visitor visitor;
    private Challenge<TokenSet> challenge;

    SignInViewModel(Client client, MainThread main, String installationId) {
        this.client = client;
        this.main = main;
        this.installationId = installationId;
    }

    SignInState state() {
        return state;
    }

    /** Called on the main thread for each new state from now on. */
    void observe(Consumer<SignInState> observer) {
        observers.add(observer);
    }

    // ---- what a person taps

    /** A person opens the shop: a visitor, the same as last time if there was one. */
    void open() {
        if (visitor != null && !visitor.isDue()) {
            show(Screen.BROWSING, null);
            return;
        }
        show(Screen.WORKING, null);
        client.guestAsync(request -> request.guest(visitor)).whenCompleteAsync(this::welcomed, main);
    }

    private void welcomed(Guest guest, Throwable error) {
        if (error == null) {
            visitor = guest.getVisitor();
        }
        show(error == null ? Screen.BROWSING : Screen.STARTING, error == null ? null : wordsFor(error));
    }

    void signInWithCode(String username) {
        begin(client.passwordlessLoginAsync(request -> request.username(username).verificationMethod("email").guest(visitor)));
    }

    /** The password's characters are the caller's to clear once this has returned. */
    void register(Map<String, String> person, char[] password) {
        begin(client.registerAsync(request -> request.userdata(person).password(password).verificationMethod("email").guest(visitor)));
    }

    private void begin(CompletableFuture<Challenge<TokenSet>> beginning) {
        show(Screen.WORKING, null);
        beginning.whenCompleteAsync((begun, error) -> {
            challenge = begun;
            show(error == null ? Screen.CODE : Screen.BROWSING, error == null ? "We have sent you a code." : wordsFor(error));
        }, main);
    }

    void enterCode(CharSequence code) {
        show(Screen.WORKING, null);
        challenge.verifyAsync(code).whenCompleteAsync(this::verified, main);
    }

    private void verified(TokenSet session, Throwable error) {
        if (error == null) {
            challenge = null;
            state = new SignInState(Screen.SIGNED_IN, "Welcome.", session.getUvid());
            tell();
        } else {
            // Whether another try is possible, the challenge knows, not the error.
            boolean livesOn = challenge.getAsks() != null;
            show(livesOn ? Screen.CODE : Screen.BROWSING, wordsFor(error));
        }
    }

    void sendAnotherCode() {
        show(Screen.WORKING, null);
        challenge.resendAsync().whenCompleteAsync((nothing, error) ->
                show(challenge.getAsks() == null ? Screen.BROWSING : Screen.CODE, error == null ? "Another code is on its way." : wordsFor(error)), main);
    }

    private static String wordsFor(Throwable thrown) {
        if (!(thrown instanceof HeadlessIdException)) {
            return "Something went wrong.";
        }
        HeadlessIdException error = (HeadlessIdException) thrown;
        if (error.isOtpInvalid()) {
            return "That is not the code.";
        }
        if (error.isRetryable()) {
            return "Please try again in a moment.";
        }
        return "Please begin again.";
    }

    // ---- the process may go at any time

    /** onSaveInstanceState: the visitor, and the open question. The ticket opens only in this installation. */
    void save(Bundle out) {
        if (visitor != null) {
            out.putString("visitor", visitor.toJson());
        }
        if (challenge != null && state.screen == Screen.CODE) {
            out.putString("challenge", challenge.seal(installationId));
        }
    }

    /** onCreate after the process was killed. Sends nothing, so it never waits. */
    void restore(Bundle saved) {
        String kept = saved.getString("visitor");
        if (kept != null) {
            visitor = Visitor.fromJson(kept);
        }
        String ticket = saved.getString("challenge");
        if (ticket == null) {
            open();
            return;
        }
        try {
            challenge = client.resume(ticket, installationId, FlowKinds.PASSWORDLESS_LOGIN);
            show(Screen.CODE, "Type the code from the message.");
        } catch (HeadlessIdException e) {
            // The app was away for too long.
            show(Screen.BROWSING, wordsFor(e));
        }
    }

    private void show(Screen screen, String message) {
        state = new SignInState(screen, message, visitor == null ? null : visitor.getUvid());
        tell();
    }

    private void tell() {
        if (!main.isCurrent()) {
            throw new IllegalStateException("the screen is drawn on the main thread alone");
        }
        for (Consumer<SignInState> observer : observers) {
            observer.accept(state);
        }
    }
}
