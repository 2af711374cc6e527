package shop;

/** What the screen shows. Immutable, and without a secret: it can be drawn, logged and compared. */
final class SignInState {
    /** Which part of the screen is visible. */
    enum Screen {
        /** Nothing is known yet. */
        STARTING,
        /** The shop, for a visitor. */
        BROWSING,
        /** A request is under way; the buttons are off. */
        WORKING,
        /** A field for the code from the message. */
        CODE,
        /** The shop, for a customer. */
        SIGNED_IN
    }

    final Screen screen;
    /** For the person, or null. */
    final String message;
    /** The UVID; the same for the visitor and for the customer that the visitor becomes. */
    final String uvid;

    SignInState(Screen screen, String message, String uvid) {
        this.screen = screen;
        this.message = message;
        this.uvid = uvid;
    }

    @Override
    public String toString() {
        return screen + (message == null ? "" : " (" + message + ")");
    }
}
