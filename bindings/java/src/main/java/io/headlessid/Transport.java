package io.headlessid;

import java.io.IOException;
import org.jetbrains.annotations.NotNull;

/**
 * The app's own HTTP stack. Sends one request and waits for the complete response: no redirect is followed, no
 * cookie is sent or kept, nothing is repeated, no authentication is added.
 *
 * <p>An exception means that no complete response was received. A {@link NoResponseException} says whether the
 * request may have been sent; any other exception counts as "maybe".
 */
public interface Transport {
    /** Called by the thread that runs the flow. */
    @NotNull HttpResponse send(@NotNull HttpRequest request) throws IOException;
}
