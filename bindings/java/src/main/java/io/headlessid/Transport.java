package io.headlessid;

import java.io.IOException;
import org.jetbrains.annotations.NotNull;

/**
 * A host's own HTTP stack. Sends one request and waits for the complete response: no redirect is followed, no
 * cookie is sent or kept, nothing is repeated, no authentication is added.
 *
 * <p>What it throws means that no complete response came. A {@link NoResponseException} says whether the request
 * had left; of any other exception it is assumed that it may have.
 */
public interface Transport {
    /** Called by the thread that runs the flow. */
    @NotNull HttpResponse send(@NotNull HttpRequest request) throws IOException;
}
