package io.headlessid

import io.headlessid.testing.SimulatedOrg
import java.time.Duration
import java.util.concurrent.CopyOnWriteArrayList
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.async
import kotlinx.coroutines.delay
import kotlinx.coroutines.future.await
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import org.junit.jupiter.api.assertThrows

/** The API as Kotlin sees it: properties, lambdas, nullability, `use`, `suspend`. Compiled with every warning an error. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KotlinApiTest {
    private lateinit var org: SimulatedOrg

    @BeforeAll
    fun startOrg() {
        org = SimulatedOrg.start()
    }

    @AfterAll
    fun stopOrg() = org.close()

    @Test
    fun `a guest becomes a customer in Kotlin`() {
        org.clientBuilder().build().use { client ->
            val guest = client.guest()
            val me = client.login { it.username(org.user.username).password(org.user.password.toCharArray()).guest(guest) }
            // Nullable in the type, because a server may omit it: the compiler demands a fallback.
            val uvid: String = me.uvid ?: error("no UVID")
            assertEquals(guest.uvid, uvid)
            assertEquals("carried", me.uvidCarry)
            val scopes: List<String> = me.scope.orEmpty()
            assertTrue("openid" in scopes)
            val issued: Long? = me.issuedAtMs
            assertTrue((issued ?: 0) > 0)
        }
    }

    @Test
    fun `a suspend function is a call and await`() = runBlocking {
        org.clientBuilder().build().use { client ->
            suspend fun login(username: String, password: String): TokenSet =
                client.loginAsync { it.username(username).password(password) }.await()

            assertEquals("absent", login(org.user.username, org.user.password).uvidCarry)
            val error = assertThrows<HeadlessIdException> { runBlocking { login(org.user.username, "wrong") } }
            assertTrue(error.isInvalidCredentials)
            assertEquals(ErrorKind.REFUSED, error.kind)
            assertNull(error.field)
        }
    }

    @Test
    fun `cancelling a coroutine cancels its flow`() = runBlocking {
        org.fail("""{"endpoint":"authorize","delay_ms":20000,"times":1}""")
        org.clientBuilder().build().use { client ->
            val guest = async { client.guestAsync().await() }
            while (client.inFlight == 0) delay(5)
            guest.cancel()
            assertThrows<CancellationException> { runBlocking { guest.await() } }
            while (client.inFlight > 0) delay(5)
            org.reset()
        }
    }

    @Test
    fun `a challenge is verified in Kotlin, here and from a ticket`() = runBlocking {
        val keys = mapOf("k1" to ByteArray(32) { it.toByte() })
        org.clientBuilder().sealKeys(keys).build().use { client ->
            val visitor: Visitor = Visitor.fromJson(client.guest().getVisitor().toJson())
            val userdata = mapOf("firstName" to "Kim", "lastName" to "Park", "email" to "kim@example.com")
            val challenge: Challenge<TokenSet> = client.registerAsync {
                it.userdata(userdata).password("Kotlin-Pass-1".toCharArray()).verificationMethod("email").guest(visitor)
            }.await()
            assertEquals("otp", challenge.asks)
            assertNull(challenge.problem)
            val wrong = assertThrows<HeadlessIdException> { challenge.verify("000000") }
            assertTrue(wrong.isOtpInvalid)
            val resumed = client.resume(challenge.seal("session"), "session", FlowKinds.REGISTRATION)
            assertEquals(challenge.ticketId, resumed.ticketId)
            val me = resumed.verifyAsync { it.otp(org.lastOtp("kim@example.com")) }.await()
            assertEquals(visitor.uvid, me.uvid)
            val token: String = resumed.result?.accessToken ?: error("no token")
            assertEquals(me.accessToken, token)
        }
    }

    @Test
    fun `a new password goes by name`() {
        org.clientBuilder().build().use { client ->
            client.resetPassword { it.username(org.user.username) }.use { challenge ->
                challenge.verify(org.lastOtp(org.user.username)) { it.newPassword("Kotlin-Pass-2".toCharArray()) }
                assertNull(challenge.asks)
            }
            client.startLogin { it.username(org.user.username) }.use { it.verify("Kotlin-Pass-2".toByteArray()) }
            org.reset()
        }
    }

    @Test
    fun `a signer is a lambda`() {
        val app = org.firstPartyApp
        org.clientBuilder(app).signedBy("host").signer { algorithm, _ -> error("no key for $algorithm") }.build().use { client ->
            val failed = assertThrows<HeadlessIdException> { client.firstPartyLogin { it.username("a@b.c").password("x") } }
            assertEquals("no key for RS256", failed.cause?.message)
        }
    }

    @Test
    fun `a session is kept and its calls are awaited`() = runBlocking {
        val keys = mapOf("k1" to ByteArray(32))
        val events = CopyOnWriteArrayList<FlowEvent>()
        org.clientBuilder().onEvent { event -> events += event }.build().use { client ->
            val me = client.login { it.username(org.user.username).password(org.user.password) }
            client.sessions(MemoryStore(), keys).use { sessions ->
                val session = sessions.beginAsync("user-42", me).await()
                val token: String = session.accessTokenAsync(Duration.ofMinutes(1)).await()
                assertEquals(me.accessToken, token)
                // Nullable in the type: an opaque token says nothing of its end.
                val ends: Long? = session.token().expiresAtMs
                assertTrue(ends == null || ends > System.currentTimeMillis())
                assertTrue(session.endAsync().await())
            }
            client.sessions(MemoryStore()) { it.keys(keys).backgroundRefresh(false) }.use { sessions ->
                assertEquals("no_session", assertThrows<HeadlessIdException> { sessions["nothing-there"].accessToken() }.reason)
                assertThrows<IllegalArgumentException> { sessions["a"].accessToken(Duration.ofSeconds(-1)) }
            }
        }
        assertTrue(events.any { it.type == FlowEvent.Type.STORE })
    }

    @Test
    fun `steps are told apart by their class`() {
        App.builder().site("https://acme.my.site.com").clientId("c").redirectUri("https://app.example.com/callback").build().use { app ->
            app.newFlow("guest").use { flow ->
                val name = when (val step = flow.next()) {
                    is Step.Send -> step.request.name
                    is Step.Failed -> throw step.error
                    else -> error("unexpected: $step")
                }
                assertEquals("authorize", name)
            }
        }
    }

    @Test
    fun `a host transport is a lambda`() {
        App.builder().site("https://acme.my.site.com").clientId("c").redirectUri("https://app.example.com/callback").build().use { app ->
            val error = assertThrows<HeadlessIdException> {
                FlowRunner.run(app, GuestRequest.builder().build()) { request ->
                    HttpResponse.builder(503).header("X-Saw", request.method).build()
                }
            }
            assertEquals(503, error.httpStatus)
        }
    }
}
