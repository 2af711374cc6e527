import io.headlessid.Challenge;
import io.headlessid.Client;
import io.headlessid.FlowKinds;
import io.headlessid.TokenSet;

/** Where it ends: the right one-time password, a session that knows the guest, and its revocation. */
public class End {
    public static void main(String[] args) {
        try (Client client = Client.builder().site(args[0]).clientId(args[1]).redirectUri(args[2]).caFile(args[3]).sealKeys(args[4]).build();
                Challenge<TokenSet> challenge = client.resume(args[5], args[6], FlowKinds.PASSWORDLESS_LOGIN)) {
            TokenSet session = challenge.verify(args[7]);
            String user = client.userinfo(request -> request.accessToken(session.getAccessToken())).getPreferredUsername();
            client.revoke(request -> request.token(session.getRefreshToken()));
            System.out.println(session.getUvid() + " " + session.getUvidCarry() + " " + user);
        }
    }
}
