// Which requests the simulated org accepts, and how its HTTP treats malformed ones.
#include "site.h"

namespace hlid_sim_test {

class Server : public Site {
 protected:
  std::string port() const { return std::to_string(sim_->port()); }
  // The status of the response to a request whose head has these lines.
  std::string status(const std::string& first, const std::string& lines, const std::string& body = "") {
    const std::string got = raw(first + " HTTP/1.1\r\n" + lines + "Connection: close\r\n\r\n" + body);
    return got.substr(0, std::min<size_t>(got.find("\r\n"), 12));
  }
  std::string with_host(const std::string& value) { return status("GET /__sim/state", "Host: " + value + "\r\n"); }
};

TEST_F(Server, responds_to_its_own_host_and_port_only) {
  for (const std::string& own : {"localhost:" + port(), "LocalHost:" + port(), "127.0.0.1:" + port(), "[::1]:" + port()})
    EXPECT_EQ(with_host(own), "HTTP/1.1 200") << own;
  for (const std::string& foreign :
       {std::string("evil.example"), "evil.example:" + port(), std::string("localhost"), std::string("localhost:80"),
        "localhost.evil.example:" + port(), "evil.localhost:" + port(), "127.0.0.1.evil.example:" + port(),
        "localhost:" + port() + "0", "user@localhost:" + port(), std::string("127.0.0.1"), std::string(""), "10.0.0.1:" + port()})
    EXPECT_EQ(with_host(foreign), "HTTP/1.1 403") << foreign;
  // Not its controls alone: a page that reaches it under another name would read tokens too.
  EXPECT_EQ(status("GET /shop/login", "Host: evil.example:" + port() + "\r\n"), "HTTP/1.1 403");
  EXPECT_EQ(status("POST /shop/services/oauth2/token", "Host: evil.example\r\nContent-Length: 0\r\n"), "HTTP/1.1 403");
  EXPECT_EQ(sim_->seen()["requests"], json::object());
}

TEST_F(Server, responds_at_the_origin_of_a_proxy_in_front) {
  hlid_sim::Options options = hlid_sim::default_options();
  options.public_origin = "https://shop.test:8443";
  start(options);
  EXPECT_EQ(with_host("shop.test:8443"), "HTTP/1.1 200");
  EXPECT_EQ(with_host("localhost:" + port()), "HTTP/1.1 200");
  EXPECT_EQ(with_host("shop.test"), "HTTP/1.1 403");
  EXPECT_EQ(with_host("evil.example:8443"), "HTTP/1.1 403");
  EXPECT_EQ(status("POST /__sim/reset", host() + "Origin: https://shop.test:8443\r\n"), "HTTP/1.1 200");
  EXPECT_EQ(status("POST /__sim/reset", host() + "Origin: http://shop.test:8443\r\n"), "HTTP/1.1 403");
  options.public_origin = "https://shop.test";
  start(options);
  EXPECT_EQ(with_host("shop.test"), "HTTP/1.1 200");
  EXPECT_EQ(with_host("shop.test:443"), "HTTP/1.1 200");
}

TEST_F(Server, lets_no_page_of_another_origin_use_the_controls) {
  const std::string own = "Origin: http://localhost:" + port() + "\r\n";
  const std::string change = R"({"settings": {"max_login_attempts": 3}})";
  const std::string type = "Content-Type: text/plain\r\nContent-Length: " + std::to_string(change.size()) + "\r\n";
  for (const std::string& origin : {std::string("https://evil.example"), std::string("null"), "https://localhost:" + port(),
                                    std::string("http://localhost"), std::string("http://localhost:3000"), std::string(""),
                                    "http://localhost:" + port() + "\r\nOrigin: http://localhost:" + port()})
    EXPECT_EQ(status("POST /__sim/settings", host() + "Origin: " + origin + "\r\n" + type, change), "HTTP/1.1 403") << origin;
  EXPECT_EQ(status("GET /__sim/outbox", host() + "Origin: https://evil.example\r\n"), "HTTP/1.1 403");
  EXPECT_NE(control("state").object()["settings"]["max_login_attempts"], 3);
  EXPECT_EQ(status("POST /__sim/settings", host() + own + type, change), "HTTP/1.1 200");
  EXPECT_EQ(control("state").object()["settings"]["max_login_attempts"], 3);
  // The org's own endpoints respond to a foreign origin as Salesforce does: see cors_test.cc.
  EXPECT_EQ(status("GET /shop/login", host() + "Origin: https://evil.example\r\n"), "HTTP/1.1 200");
}

TEST_F(Server, refuses_a_malformed_request) {
  const std::string length = "Content-Length: 2\r\n";
  EXPECT_EQ(status("GET /shop/login", ""), "HTTP/1.1 400") << "no host";
  EXPECT_EQ(status("GET /shop/login", host() + host()), "HTTP/1.1 400");
  EXPECT_EQ(status("GET /shop/login", host() + "X : 1\r\n"), "HTTP/1.1 400");
  EXPECT_EQ(status("GET /shop/login", host() + "X: 1\r\n folded\r\n"), "HTTP/1.1 400");
  EXPECT_EQ(status("GET /shop/login", host() + std::string("X: a\0b\r\n", 8)), "HTTP/1.1 400");
  EXPECT_EQ(status("GET", host()), "HTTP/1.1 400");
  EXPECT_EQ(status("GET /shop/ login", host()), "HTTP/1.1 400");
  EXPECT_EQ(status("BREW /shop/login", host()), "HTTP/1.1 501");
  EXPECT_EQ(status("POST /shop/cart", host() + length + length, "{}"), "HTTP/1.1 400");
  EXPECT_EQ(status("POST /shop/cart", host() + length + "Transfer-Encoding: chunked\r\n", "{}"), "HTTP/1.1 400");
  EXPECT_EQ(status("POST /shop/cart", host() + "Content-Length: +2\r\n", "{}"), "HTTP/1.1 400");
  EXPECT_EQ(status("POST /shop/cart", host() + "Transfer-Encoding: gzip, chunked\r\n", "{}"), "HTTP/1.1 501");
  EXPECT_EQ(status("POST /shop/cart", host() + "Transfer-Encoding: chunked\r\n", "x\r\n"), "HTTP/1.1 400");
  EXPECT_EQ(status("POST /shop/cart", host() + length + "Expect: a miracle\r\n", "{}"), "HTTP/1.1 417");
  EXPECT_EQ(status("GET /shop/login", host() + "X: " + std::string(70'000, 'x') + "\r\n"), "HTTP/1.1 431");
  EXPECT_TRUE(raw("GET /shop/login HTTP/2.0\r\n" + host() + "\r\n").starts_with("HTTP/1.1 505"));
  EXPECT_EQ(get("/login").status, 200);
}

TEST_F(Server, reads_bodies_in_chunks_and_several_requests_in_one_piece) {
  const std::string body = form(with(authorize_fields(), "username", kLena));
  const auto chunk = [](const std::string& text) {
    char size[20];
    std::snprintf(size, sizeof size, "%zx;name=value\r\n", text.size());
    return size + text + "\r\n";
  };
  const std::string request = "POST /shop/services/oauth2/authorize HTTP/1.1\r\n" + host() +
                              "Auth-Request-Type: Named-User\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                              "Transfer-Encoding: chunked\r\n\r\n" +
                              chunk(body.substr(0, 10)) + chunk(body.substr(10)) + "0\r\nTrailer: 1\r\n\r\n";
  const std::string last = "HEAD /shop/login HTTP/1.1\r\n" + host() + "Connection: close\r\n\r\n";
  const std::string got = raw(request + request + last);
  const size_t second = got.find("HTTP/1.1 ", 1);
  ASSERT_NE(second, std::string::npos) << got;
  EXPECT_NE(got.find("HTTP/1.1 ", second + 1), std::string::npos) << got;
  EXPECT_EQ(sim_->seen()["requests"]["authorize"], 2);
  // The password is missing, so the form has been read.
  EXPECT_NE(got.find("error"), std::string::npos) << got;
  EXPECT_TRUE(got.ends_with("\r\n\r\n")) << "HEAD brings no body: " << got;
}

TEST_F(Server, says_what_is_too_large_and_goes_on) {
  const std::string large(3'000'000, 'x');
  EXPECT_EQ(post_raw("/shop/cart", large, {}, "application/json").status, 413);
  EXPECT_EQ(post_raw("/shop/cart", std::string(8'000'000, 'x'), {}, "application/json").status, 413);
  EXPECT_EQ(get("/login").status, 200);
}

TEST_F(Server, closes_without_a_response_where_a_fault_says_so) {
  control("fail", {{"endpoint", "login"}, {"drop", true}});
  EXPECT_EQ(raw("GET /shop/login HTTP/1.1\r\n" + host() + "\r\n"), "");
  EXPECT_EQ(get("/login").status, 200);
}

TEST_F(Server, sends_a_fault_as_it_was_given) {
  control("fail", {{"endpoint", "login"},
                   {"status", 418},
                   {"body", "short"},
                   {"content_type", "text/plain"},
                   {"headers", {{"X-Percent", "a%20b"}, {"Content-Length", "3"}}}});
  const std::string got = raw("GET /shop/login HTTP/1.1\r\n" + host() + "Connection: close\r\n\r\n");
  EXPECT_TRUE(got.starts_with("HTTP/1.1 418 ")) << got;
  EXPECT_NE(got.find("\r\nX-Percent: a%20b\r\n"), std::string::npos) << got;
  EXPECT_NE(got.find("\r\nContent-Length: 3\r\n"), std::string::npos) << got;
  EXPECT_EQ(got.find("Content-Length", got.find("Content-Length") + 1), std::string::npos) << got;
}

}  // namespace hlid_sim_test
