package io.headlessid;

import java.util.concurrent.CompletableFuture;
import org.jetbrains.annotations.NotNull;

/** The twin of {@link Transport} that does not wait. The same rules hold; a failed future is what a throw is there. */
public interface AsyncTransport {
    /** Starts to send; the runner cancels the future when the flow is cancelled. */
    @NotNull CompletableFuture<HttpResponse> sendAsync(@NotNull HttpRequest request);
}
