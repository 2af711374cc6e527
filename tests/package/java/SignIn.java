package demo;

import io.headlessid.Client;
import io.headlessid.Guest;
import io.headlessid.TokenSet;
import io.headlessid.testing.SimulatedOrg;

/** A guest becomes a customer of an org that comes with the jars. Prints how, and in which module the client is. */
public final class SignIn {
    public static void main(String[] arguments) {
        try (SimulatedOrg org = SimulatedOrg.start(); Client client = org.clientBuilder().build()) {
            Guest guest = client.guest();
            SimulatedOrg.User user = org.getUser();
            TokenSet me = client.login(request -> request.username(user.getUsername()).password(user.getPassword()).guest(guest));
            if (!me.getUvid().equals(guest.getUvid())) {
                throw new AssertionError(guest.getUvid() + " became " + me.getUvid());
            }
            System.out.println(me.getUvidCarry());
        }
    }
}
