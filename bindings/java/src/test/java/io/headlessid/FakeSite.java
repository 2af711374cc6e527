package io.headlessid;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A token endpoint that rotates refresh tokens and knows when one comes a second time. Every secret of it holds MARK. */
public final class FakeSite implements Transport {
    private final Set<String> seen = ConcurrentHashMap.newKeySet();
    public final AtomicInteger refreshes = new AtomicInteger();
    public final AtomicInteger reused = new AtomicInteger();
    public final AtomicInteger revoked = new AtomicInteger();
    /** Of new tokens. */
    public volatile long lifetimeSeconds = 3600;
    public volatile int status = 200;
    /** Where a refresh waits, if there is one. */
    public volatile CountDownLatch gate;
    public final CountDownLatch reached = new CountDownLatch(1);

    public static String tokens(long nowMillis, long lifetimeMillis) {
        return "{\"access_token\":\"00D!MARKaccess0\",\"token_type\":\"Bearer\",\"refresh_token\":\"5AepMARKrefresh0\",\"uvid_carry\":\"absent\","
                + "\"issued_at_ms\":" + nowMillis + ",\"expires_at_ms\":" + (nowMillis + lifetimeMillis) + "}";
    }

    @Override
    public HttpResponse send(HttpRequest request) {
        if (request.getName().equals("revoke")) {
            revoked.incrementAndGet();
            return HttpResponse.builder(200).build();
        }
        String token = Fixtures.field(request, "refresh_token");
        reached.countDown();
        try {
            CountDownLatch waits = gate;
            if (waits != null && !waits.await(20, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the gate stayed shut");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        if (status != 200) {
            return HttpResponse.builder(status).build();
        }
        int number = refreshes.incrementAndGet();
        if (!seen.add(token)) {
            reused.incrementAndGet();
            return json(400, "{\"error\":\"invalid_grant\",\"error_description\":\"token reuse\"}");
        }
        return json(200, "{\"access_token\":\"00D!MARKaccess" + number + "\",\"refresh_token\":\"5AepMARKrefresh" + number
                + "\",\"token_type\":\"Bearer\",\"expires_in\":" + lifetimeSeconds + "}");
    }

    private static HttpResponse json(int status, String body) {
        return HttpResponse.builder(status).header("Content-Type", "application/json").body(body.getBytes(StandardCharsets.UTF_8)).build();
    }
}
