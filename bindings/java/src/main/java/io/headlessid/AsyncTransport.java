package io.headlessid;

import java.util.concurrent.CompletableFuture;
import org.jetbrains.annotations.NotNull;

/** The same as {@link Transport} without waiting, under the same rules; a failed future counts as a thrown exception. */
public interface AsyncTransport {
    /** Starts to send; the runner cancels the future when the flow is cancelled. */
    @NotNull CompletableFuture<HttpResponse> sendAsync(@NotNull HttpRequest request);
}
