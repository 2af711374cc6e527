import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import java.util.Map;
import java.util.Set;

/** Nimbus JOSE+JWT as the verifier: reads {"jwt", "jwks", "audience"} and prints the claims, or fails. */
public final class VerifyJwt {
  public static void main(String[] arguments) throws Exception {
    Map<String, Object> asked = JSONObjectUtils.parse(new String(System.in.readAllBytes()));
    DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
    processor.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(JOSEObjectType.JWT, null));
    processor.setJWSKeySelector(new JWSVerificationKeySelector<>(
        JWSAlgorithm.RS256, new ImmutableJWKSet<>(JWKSet.parse(JSONObjectUtils.getJSONObject(asked, "jwks")))));
    processor.setJWTClaimsSetVerifier(new DefaultJWTClaimsVerifier<>(
        JSONObjectUtils.getString(asked, "audience"), new JWTClaimsSet.Builder().build(), Set.of("iss", "sub", "exp")));
    System.out.println(
        JSONObjectUtils.toJSONString(processor.process(JSONObjectUtils.getString(asked, "jwt"), null).toJSONObject()));
  }
}
