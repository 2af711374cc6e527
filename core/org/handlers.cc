// The Apex classes that flows need: short ones that work, to begin with.
#include "base/text.h"
#include "org/render.h"

namespace hlid::org {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + "'";
}

std::string or_example(std::string_view given, std::string_view example) { return quoted(given.empty() ? example : given); }

}  // namespace

std::string registration_source(const Choices& choices, std::string_view name) {
  return join({R"(/**
 * Makes the user of a headless registration, once the visitor has typed the one-time password. Salesforce inserts the user that
 * is returned, and sets the password. What an exception says reaches the app as apex_error.
 */
global class )",
               name, R"( implements Auth.HeadlessSelfRegistrationHandler {
    // Contacts of new users belong to this account. Its owner must have a role.
    private static final String ACCOUNT_NAME = )",
               quoted(join({choices.label, " customers"})), R"(;

    global User createUser(Id profileId, Auth.UserData data, String customUserDataMap, String experienceId, String password) {
        Contact person = new Contact(
            AccountId = account().Id,
            FirstName = data.firstName,
            LastName = data.lastName,
            Email = data.email
        );
        insert person;
        return new User(
            ProfileId = profileId,
            ContactId = person.Id,
            FirstName = data.firstName,
            LastName = data.lastName,
            Email = data.email,
            Username = data.username == null ? data.email : data.username,
            Alias = data.lastName.left(8),
            CommunityNickname = EncodingUtil.convertToHex(Crypto.generateAesKey(128)),
            EmailEncodingKey = 'UTF-8',
            LanguageLocaleKey = 'en_US',
            LocaleSidKey = 'en_US',
            TimeZoneSidKey = 'GMT'
        );
    }

    private static Account account() {
        List<Account> found = [SELECT Id FROM Account WHERE Name = :ACCOUNT_NAME LIMIT 1];
        if (!found.isEmpty()) {
            return found[0];
        }
        Account made = new Account(Name = ACCOUNT_NAME);
        insert made;
        return made;
    }
}
)"});
}

std::string discovery_source(std::string_view name) {
  return join({R"(/**
 * Finds the user for a login_hint: here the member of the site that has it as email address. Where it finds several, Salesforce
 * refuses the sign-in.
 */
global class )",
               name, R"( implements Auth.HeadlessUserDiscoveryHandler {
    global Auth.HeadlessUserDiscoveryResponse discoverUserFromLoginHint(
        Id networkId,
        String loginHint,
        Auth.VerificationAction verificationAction,
        String customDataJson,
        Map<String, String> requestAttributes
    ) {
        Map<Id, User> found = new Map<Id, User>([
            SELECT Id
            FROM User
            WHERE Email = :loginHint AND IsActive = TRUE
                AND Id IN (SELECT MemberId FROM NetworkMember WHERE NetworkId = :networkId)
            LIMIT 2
        ]);
        return new Auth.HeadlessUserDiscoveryResponse(found.keySet(), found.isEmpty() ? 'user not found' : null);
    }
}
)"});
}

std::string exchange_source(const Choices& choices, std::string_view name) {
  return join({R"(/**
 * Accepts JWTs of the identity provider, and finds the user by Federation ID. A Remote Site Setting must permit the address of
 * the provider's keys.
 */
global class )",
               name, R"( extends Auth.Oauth2TokenExchangeHandler {
    private static final String ISSUER = )",
               or_example(choices.idp_issuer, "https://idp.example.com"), R"(;
    private static final String AUDIENCE = )",
               or_example(choices.idp_audience, "the audience of the tokens"), R"(;
    private static final String KEYS = )",
               or_example(choices.idp_keys, "https://idp.example.com/.well-known/jwks.json"), R"(;

    global override Auth.TokenValidationResult validateIncomingToken(
        String appDeveloperName,
        Auth.IntegratingAppType appType,
        String incomingToken,
        Auth.OAuth2TokenExchangeType tokenType
    ) {
        try {
            Auth.JWT token = Auth.JWTUtil.validateJWTWithKeysEndpoint(incomingToken, KEYS, true);
            if (token.getIss() != ISSUER || token.getAud() != AUDIENCE || String.isBlank(token.getSub())) {
                return new Auth.TokenValidationResult(false);
            }
            Auth.UserData person = new Auth.UserData(
                token.getSub(), null, null, null, null, null, null, null, null, null, new Map<String, String>()
            );
            return new Auth.TokenValidationResult(true, null, person, incomingToken, tokenType, null);
        } catch (Auth.JWTValidationException refused) {
            return new Auth.TokenValidationResult(false);
        }
    }

    global override User getUserForTokenSubject(
        Id networkId,
        Auth.TokenValidationResult result,
        Boolean canCreateUser,
        String appDeveloperName,
        Auth.IntegratingAppType appType
    ) {
        String subject = result.getUserData().identifier;
        List<User> found = [SELECT Id FROM User WHERE FederationIdentifier = :subject AND IsActive = TRUE LIMIT 2];
        return found.size() == 1 ? found[0] : null;
    }
}
)"});
}

}  // namespace hlid::org
