package io.headlessid;

import io.headlessid.okhttp.OkHttpTransport;
import io.headlessid.testing.SimulatedOrg;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import okhttp3.OkHttpClient;

/** The ways in which a program can run the same flow: on which HTTP stack, waiting or not. */
enum Ways {
    NATIVE(false),
    NATIVE_ASYNC(true),
    OK_HTTP(false),
    OK_HTTP_ASYNC(true),
    URL_CONNECTION(false),
    URL_CONNECTION_ASYNC(true);

    private final boolean async;

    Ways(boolean async) {
        this.async = async;
    }

    /** The builder, with this way's HTTP stack; `okHttp` trusts the org. */
    Client.Builder on(Client.Builder builder, SimulatedOrg org, OkHttpClient okHttp) {
        switch (this) {
            case OK_HTTP:
            case OK_HTTP_ASYNC:
                return builder.transport(new OkHttpTransport(okHttp));
            case URL_CONNECTION:
            case URL_CONNECTION_ASYNC:
                return builder.transport(new HttpUrlConnectionTransport(org.getSocketFactory()));
            default:
                return builder;
        }
    }

    <R> R call(Client client, FlowRequest<R> request) {
        return async ? got(client.callAsync(request)) : client.call(request);
    }

    <R> Challenge<R> start(Client client, FlowRequest<R> request) {
        return async ? got(client.startAsync(request)) : client.start(request);
    }

    <R> R verify(Challenge<R> challenge, CharSequence value) {
        return async ? got(challenge.verifyAsync(value)) : challenge.verify(value);
    }

    <R> R verify(Challenge<R> challenge, Consumer<Answers> answers) {
        return async ? got(challenge.verifyAsync(answers)) : challenge.verify(answers);
    }

    void resend(Challenge<?> challenge, Consumer<Answers> values) {
        if (async) {
            got(challenge.resendAsync(values));
        } else {
            challenge.resend(values);
        }
    }

    /** The future's value; its error is thrown as by a waiting call. */
    static <T> T got(CompletableFuture<T> future) {
        try {
            return future.get(60, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException) {
                throw (RuntimeException) e.getCause();
            }
            throw new AssertionError(e);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
