// A browser at authorize: the login page, approval, the switches, and what goes back to the app.
#include "site.h"

namespace hlid_sim_test {

class Browser : public Site {
 protected:
  static Fields query() {
    return {{"response_type", "code"},      {"client_id", kPublic}, {"redirect_uri", kCallback},
            {"code_challenge", kChallenge}, {"scope", "api"},       {"state", "q81Zs"}};
  }
  static Fields implicit() { return without(with(query(), "response_type", "token"), "code_challenge"); }

  Reply begin(const Fields& fields, const std::string& more = "") {
    return get("/services/oauth2/authorize" + more + "?" + form(fields));
  }
  Reply begin_at_org(const Fields& fields, const std::string& more = "") {
    return reply(client_->Get("/services/oauth2/authorize" + more + "?" + form(fields)));
  }
  // Sends the page's form as a browser would.
  Reply submit(const Reply& page, Fields fields) {
    EXPECT_TRUE(page.is_login_page()) << page.status << page.body;
    const auto attribute = [&](const std::string& before) {
      const size_t at = page.body.find(before);
      if (at == std::string::npos) return std::string();
      const size_t from = at + before.size();
      std::string text = page.body.substr(from, page.body.find('"', from) - from);
      for (size_t mark = 0; (mark = text.find("&amp;")) != std::string::npos;) text.replace(mark, 5, "&");
      return text;
    };
    const std::string action = attribute("action=\"");
    EXPECT_TRUE(action.starts_with(sim_->origin() + "/")) << action;
    if (const std::string ticket = attribute("name=\"ticket\" value=\""); !ticket.empty()) fields["ticket"] = ticket;
    return post_raw(action.substr(sim_->origin().size()), form(fields));
  }
  Reply log_in(const Reply& page, const std::string& password = kLenasPassword) {
    return submit(page, {{"username", kLena}, {"pw", password}});
  }
  static Fields behind(const Reply& back, char mark) {
    const std::string url = back.header("Location");
    EXPECT_TRUE(url.starts_with(kCallback + mark)) << back.status << " " << url << back.body;
    return query_of("?" + url.substr(kCallback.size() + 1));
  }
  void expect_redirect(const Reply& back, const std::string& error, char mark = '?') {
    EXPECT_EQ(back.status, 302);
    Fields got = behind(back, mark);
    EXPECT_EQ(got["error"], error);
    EXPECT_EQ(got["state"], "q81Zs");
  }
};

TEST_F(Browser, signs_a_person_in_and_hands_the_app_a_code) {
  const Reply page = begin(query());
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.body.find(kLena), std::string::npos);
  const Reply wrong = log_in(page, "wrong");
  EXPECT_NE(wrong.body.find("check your username"), std::string::npos);
  Fields back = behind(log_in(wrong), '?');
  EXPECT_EQ(back["state"], "q81Zs");
  EXPECT_EQ(back["sfdc_community_url"], sim_->site());
  const json tokens = token(token_fields(back["code"])).object();
  EXPECT_EQ(tokens["scope"], "api");
  EXPECT_EQ(tokens["sfdc_community_url"], sim_->site());
  expect_error(token(token_fields(back["code"])), "invalid_grant");
}

TEST_F(Browser, signs_in_at_the_orgs_own_host_as_well) {
  Fields back = behind(log_in(begin_at_org(with(query(), "scope", "openid"))), '?');
  EXPECT_FALSE(back.contains("sfdc_community_url"));
  const json tokens = post_raw("/services/oauth2/token", form(token_fields(back["code"]))).object();
  EXPECT_EQ(claims_of(tokens["id_token"])["iss"], sim_->origin());
  EXPECT_FALSE(tokens.contains("sfdc_community_url"));
  EXPECT_EQ(post_raw("/services/oauth2/authorize", form(login_fields()), named()).error(), "invalid_request")
      << "no headless flows there";
}

TEST_F(Browser, asks_for_approval_where_users_are_not_pre_authorized) {
  change_app(kPublic, {{"admin_approved", false}});
  const Reply page = log_in(begin(query()));
  EXPECT_NE(page.body.find("<li>api</li>"), std::string::npos) << page.body;
  expect_redirect(submit(page, {{"decision", "deny"}}), "access_denied");
  expect_error(submit(page, {{"decision", "allow"}}), "invalid_request", "the page has expired, or was used before");
  EXPECT_FALSE(behind(submit(log_in(begin(query())), {{"decision", "allow"}}), '?')["code"].empty());
  change_app(kPublic, {{"admin_approved", true}});
  EXPECT_NE(log_in(begin(with(query(), "prompt", "login consent"))).body.find("Allow Access"), std::string::npos);
  const Reply unapproved =
      submit(begin(query()), {{"username", "unapproved@example.com"}, {"pw", sim_->description()["users"].dump()}});
  EXPECT_TRUE(unapproved.is_login_page());
}

TEST_F(Browser, approves_at_once_for_a_user_who_is_signed_in) {
  setting("signed_in_user", kLena);
  EXPECT_FALSE(behind(begin(query()), '?')["code"].empty());
  EXPECT_NE(begin(with(query(), "prompt", "consent")).body.find("Allow Access"), std::string::npos);
  EXPECT_NE(begin(with(query(), "prompt", "select_account")).body.find("Allow Access"), std::string::npos);
  const Reply login = begin(with(with(query(), "prompt", "login"), "login_hint", "ann@acme.example"));
  EXPECT_NE(login.body.find("value=\"ann@acme.example\""), std::string::npos) << login.body;
  setting("signed_in_user", "inactive@example.com");
  EXPECT_TRUE(begin(query()).is_login_page());
  setting("signed_in_user", "unapproved@example.com");
  expect_redirect(begin(query()), "invalid_app_access");
}

TEST_F(Browser, looks_at_a_hint_on_a_site_only_where_login_is_forced) {
  const Fields hinted = with(query(), "login_hint", "ann@acme.example");
  EXPECT_EQ(begin(hinted).body.find("ann@acme.example\""), std::string::npos);
  EXPECT_NE(begin_at_org(hinted).body.find("value=\"ann@acme.example\""), std::string::npos);
}

TEST_F(Browser, responds_immediately_or_not_at_all) {
  const Fields at_once = with(query(), "immediate", "true");
  expect_redirect(begin_at_org(at_once), "immediate_unsuccessful");
  setting("signed_in_user", kLena);
  EXPECT_FALSE(behind(begin_at_org(at_once), '?')["code"].empty());
  expect_redirect(begin(at_once), "invalid_request");
  expect_redirect(begin(with(query(), "immediate", "yes")), "invalid_request");
}

TEST_F(Browser, shows_a_page_where_app_or_callback_are_wrong) {
  for (const auto& [name, value] : Fields{{"client_id", "3MVG9Nobody"}, {"redirect_uri", kCallback + "/"}}) {
    const Reply page = begin(with(query(), name, value));
    EXPECT_EQ(page.status, 400);
    EXPECT_TRUE(page.header("Content-Type").starts_with("text/html"));
    EXPECT_EQ(page.header("Location"), "");
  }
  EXPECT_EQ(begin(without(query(), "redirect_uri")).status, 400);
  EXPECT_EQ(get("/services/oauth2/authorize?" + form(query()) + "&client_id=again").status, 400);
}

TEST_F(Browser, tells_the_app_whatever_else_is_wrong) {
  expect_redirect(begin(with(query(), "response_type", "code_credentials")), "unsupported_response_type");
  expect_redirect(begin(with(query(), "scope", "web")), "invalid_scope");
  expect_redirect(begin(without(query(), "code_challenge")), "invalid_request");
  expect_redirect(begin(with(query(), "code_challenge", "short")), "invalid_request");
  expect_redirect(begin(with(query(), "code_challenge_method", "plain")), "invalid_request");
  expect_redirect(begin(with(query(), "prompt", "none")), "invalid_request");
  expect_redirect(begin(with(query(), "prompt", "login login")), "invalid_request");
  expect_redirect(begin(with(query(), "display", "wap")), "invalid_request");
  expect_redirect(begin(with(query(), "client_secret", "x")), "invalid_request");
  change_app(kPublic, {{"refused_with", "app_blocked"}});
  expect_redirect(begin(query()), "app_blocked");
}

TEST_F(Browser, demands_a_code_challenge_for_one_app_or_for_all) {
  change_app(kPublic, {{"is_pkce_required", false}});
  EXPECT_TRUE(begin(without(query(), "code_challenge")).is_login_page());
  setting("is_pkce_required", true);
  EXPECT_EQ(behind(begin(without(query(), "code_challenge")), '?')["error"], "invalid_request");
  expect_error(authorize(without(login_fields(), "code_challenge"), named()), "invalid_request",
               "missing required code challenge");
}

TEST_F(Browser, knows_the_experiences_of_a_site) {
  EXPECT_TRUE(begin(query(), "/ExampleExperience").is_login_page());
  EXPECT_FALSE(behind(log_in(begin(query(), "/ExampleExperience")), '?')["code"].empty());
  expect_redirect(begin(query(), "/Unknown"), "invalid_expid");
  expect_redirect(begin_at_org(query(), "/ExampleExperience"), "unsupported_expid");
}

TEST_F(Browser, brings_tokens_in_the_fragment) {
  const Reply page = log_in(begin(implicit()));
  EXPECT_NE(page.body.find("Allow Access"), std::string::npos) << "each time";
  Fields back = behind(submit(page, {{"decision", "allow"}}), '#');
  EXPECT_EQ(back["token_type"], "Bearer");
  EXPECT_EQ(back["state"], "q81Zs");
  EXPECT_FALSE(back.contains("refresh_token"));
  EXPECT_FALSE(back.contains("id_token"));
  EXPECT_EQ(get("/services/oauth2/introspect").status, 400);
  setting("signed_in_user", kLena);
  expect_redirect(begin(with(with(implicit(), "response_type", "token id_token"), "scope", "openid")), "invalid_request", '#');
  back = behind(begin(with(with(with(implicit(), "response_type", "token id_token"), "scope", "openid"), "nonce", "n-1")), '#');
  EXPECT_EQ(claims_of(back["id_token"])["nonce"], "n-1");
  setting("block_oauth_usr_agt_flow", true);
  expect_redirect(begin(implicit()), "oauth_flow_disabled", '#');
  EXPECT_FALSE(behind(begin(query()), '?')["code"].empty()) << "the other flow is not concerned";
}

TEST_F(Browser, gives_a_refresh_token_to_a_program_and_not_to_a_page) {
  setting("signed_in_user", kLena);
  const Fields asked = with(implicit(), "scope", "api refresh_token");
  EXPECT_FALSE(behind(begin(asked), '#').contains("refresh_token"));
  change_app(kPublic, {{"redirect_uris", {"com.example.shop:/callback"}}});
  const std::string back = begin(with(asked, "redirect_uri", "com.example.shop:/callback")).header("Location");
  EXPECT_TRUE(back.starts_with("com.example.shop:/callback#")) << back;
  EXPECT_NE(back.find("&refresh_token="), std::string::npos) << back;
}

TEST_F(Browser, hands_out_the_sessions_of_the_web_domains) {
  setting("signed_in_user", kLena);
  const json scopes = {"api", "web", "lightning", "refresh_token"};
  change_app(kPublic, {{"scopes", scopes}, {"is_named_user_jwt_enabled", false}});
  const Fields asked = with(query(), "scope", "api web lightning");
  const auto exchange = [&](const Fields& with_scope) {
    return token(with(token_fields(behind(begin(with_scope), '?')["code"]), "grant_type", "hybrid_auth_code"));
  };
  const json tokens = exchange(asked).object();
  EXPECT_EQ(tokens["sidCookieName"], "sid");
  EXPECT_EQ(tokens["lightning_domain"], "simulated.lightning.force.com");
  EXPECT_FALSE(tokens["csrf_token"].get<std::string>().empty());
  EXPECT_FALSE(tokens.contains("content_sid"));
  EXPECT_FALSE(tokens.contains("parent_sid"));
  expect_error(exchange(query()), "invalid_scope");
  Fields back = behind(begin(with(with(implicit(), "response_type", "hybrid_token"), "scope", "api web")), '#');
  EXPECT_FALSE(back["cookie-sid_Client"].empty());
  EXPECT_FALSE(back.contains("lightning_sid"));
  change_app(kPublic, {{"is_named_user_jwt_enabled", true}});
  EXPECT_TRUE(exchange(asked).object().contains("parent_sid"));
  expect_redirect(begin(with(with(implicit(), "response_type", "hybrid_token"), "scope", "api web")), "invalid_request", '#');
  change_app(kPublic, {{"is_refresh_token_rotation_enabled", true}});
  expect_error(exchange(asked), "invalid_grant");
  setting("block_oauth_usr_agt_flow", true);
  expect_redirect(begin(with(with(implicit(), "response_type", "hybrid_token"), "scope", "api web")), "oauth_flow_disabled", '#');
}

// What a client must not believe (`response_fault`).
TEST_F(Browser, brings_back_what_is_wrong_in_a_setting) {
  setting("signed_in_user", kLena);
  const json scopes = {"openid", "api", "web", "lightning"};
  change_app(kPublic, {{"scopes", scopes}, {"is_named_user_jwt_enabled", false}});
  const auto fault = [&](const char* name) { setting("response_fault", name); };
  const Fields tokens_asked =
      with(with(with(implicit(), "response_type", "token id_token"), "scope", "openid api"), "nonce", "n");
  const auto fragment = [&] { return behind(begin(tokens_asked), '#'); };
  const auto hybrid = [&] {
    return behind(
        begin(with(with(with(implicit(), "response_type", "hybrid_token"), "scope", "openid web lightning"), "nonce", "n")), '#');
  };
  Fields good = fragment();
  EXPECT_EQ(claims_of(good["id_token"])["sub"], good["id"]);
  EXPECT_FALSE(good.contains("iss"));
  EXPECT_TRUE(hybrid().contains("id_token"));
  fault("id");
  Fields bad = fragment();
  EXPECT_NE(bad["id"], good["id"]);
  EXPECT_EQ(claims_of(bad["id_token"])["sub"], good["id"]);
  fault("no_signature");
  EXPECT_FALSE(fragment().contains("signature"));
  fault("no_id_token");
  EXPECT_FALSE(fragment().contains("id_token"));
  fault("iss");
  EXPECT_EQ(fragment()["iss"], "https://another.my.site.com/shop");
  EXPECT_EQ(behind(begin(query()), '?')["iss"], "https://another.my.site.com/shop");
  fault("site_url");
  EXPECT_EQ(behind(begin(query()), '?')["sfdc_community_url"], sim_->origin() + "/rogue");
  fault("error_without_state");
  Fields denied = behind(begin(with(query(), "scope", "unheard_of")), '?');
  EXPECT_EQ(denied["error"], "invalid_scope");
  EXPECT_FALSE(denied.contains("state"));
  fault("sid_cookie_name");
  EXPECT_EQ(hybrid()["sidCookieName"], "sid_Client");
  fault("parent_sid");
  Fields sids = hybrid();
  EXPECT_EQ(sids["token_format"], "opaque");
  EXPECT_NE(sids["parent_sid"], "");
  fault("web_domain");
  EXPECT_EQ(hybrid()["lightning_domain"], "another.my.site.com");
}

TEST_F(Browser, says_of_an_identity_what_is_wrong_in_a_setting) {
  const json tokens = token(token_fields(behind(log_in(begin(with(query(), "scope", "openid"))), '?')["code"])).object();
  const std::string id = tokens["id"];
  const auto ask = [&] { return reply(client_->Get(id.substr(sim_->origin().size()), bearer(tokens["access_token"]))).object(); };
  EXPECT_EQ(ask()["asserted_user"], true);
  setting("response_fault", "asserted_user");
  EXPECT_EQ(ask()["asserted_user"], false);
  setting("response_fault", "identity_id");
  EXPECT_NE(ask()["id"], id);
}

}  // namespace hlid_sim_test
