import io.headlessid.HeadlessIdException
import io.headlessid.testing.SimulatedOrg
import kotlinx.coroutines.future.await
import kotlinx.coroutines.runBlocking

/**
 * The same story in Kotlin, with coroutines: kotlinx-coroutines turns each future into a suspend call.
 * Compiled with the tests; from bindings/java, after `mvn -q -B package`:
 *
 *   mvn -q -B exec:java -Dexec.mainClass=GuestToCustomerKt -Dexec.classpathScope=test
 */
fun main() = runBlocking<Unit> {
    SimulatedOrg.start().use { org ->
        org.clientBuilder().build().use { client ->
            val guest = client.guestAsync().await()
            val me = client.loginAsync { it.username(org.user.username).password(org.user.password).guest(guest) }.await()
            println("uvid ${me.uvid} ${me.uvidCarry}")
            val reset = client.resetPasswordAsync { it.username(org.user.username) }.await()
            reset.verifyAsync(org.lastOtp(org.user.username)) { it.newPassword("Another-Pass-1".toCharArray()) }.await()
            println("the password is another now")
            try {
                client.loginAsync { it.username(org.user.username).password("wrong") }.await()
            } catch (e: HeadlessIdException) {
                println("refused: ${e.message}")
            }
        }
    }
}
