// codec/: base64, form, URL and JSON.
#include <gtest/gtest.h>
#include <simdjson.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/text.h"
#include "codec/base64.h"
#include "codec/form.h"
#include "codec/json.h"
#include "codec/json_write.h"
#include "codec/url.h"

namespace hlid {
namespace {

TEST(Base64, gives_the_texts_of_the_protocol) {
  struct Row {
    std::string_view input, standard, url;
  };
  for (const Row& row : {Row{"lena.ortiz@example.com:P4ss+w&rd=1:x", "bGVuYS5vcnRpekBleGFtcGxlLmNvbTpQNHNzK3cmcmQ9MTp4",
                             "bGVuYS5vcnRpekBleGFtcGxlLmNvbTpQNHNzK3cmcmQ9MTp4"},
                         Row{"lena.ortiz@example.com:Gr\xC3\xBCn>?7~pass", "bGVuYS5vcnRpekBleGFtcGxlLmNvbTpHcsO8bj4/N35wYXNz",
                             "bGVuYS5vcnRpekBleGFtcGxlLmNvbTpHcsO8bj4_N35wYXNz"},
                         Row{"MFFx0000000e7cK:493027", "TUZGeDAwMDAwMDBlN2NLOjQ5MzAyNw==", "TUZGeDAwMDAwMDBlN2NLOjQ5MzAyNw"}}) {
    EXPECT_EQ(to_base64(row.input, Base64::standard).view(), row.standard);
    EXPECT_EQ(to_base64(row.input, Base64::url_unpadded).view(), row.url);
    EXPECT_EQ(base64_size(row.input.size(), Base64::standard), row.standard.size());
    EXPECT_EQ(base64_size(row.input.size(), Base64::url_unpadded), row.url.size());
    EXPECT_EQ(from_base64(row.standard, Base64::standard)->view(), row.input);
    EXPECT_EQ(from_base64(row.url, Base64::url_unpadded)->view(), row.input);
  }
}

TEST(Base64, comes_back_for_every_length_and_byte) {
  std::string bytes;
  for (int size = 0; size < 300; ++size) {
    for (const Base64 alphabet : {Base64::standard, Base64::url_unpadded}) {
      const auto back = from_base64(to_base64(bytes, alphabet).view(), alphabet);
      ASSERT_TRUE(back);
      EXPECT_EQ(back->view(), bytes);
    }
    bytes += static_cast<char>(size * 37);
  }
}

// What is checked alone is refused where decoding refuses it.
TEST(Base64, t15_is_recognised_where_it_could_be_decoded) {
  const std::string good = "-_AZaz09AAAA";
  for (size_t size = 0; size <= good.size(); ++size) {
    for (size_t place = 0; place < size; ++place) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text = good.substr(0, size);
        text[place] = static_cast<char>(byte);
        ASSERT_EQ(is_base64url(text), from_base64(text, Base64::url_unpadded).has_value()) << place << ' ' << byte << ' ' << size;
      }
    }
  }
  EXPECT_TRUE(is_base64url(""));
}

TEST(Base64, t15_refuses_what_encoding_would_not_give) {
  for (const char* bad : {"A", "AAAAA", "AB==", "AA=", "Zg==", "Zm9v=", "Z m9", "Zm9v\n", "Zm+v", "Zm/v", "Zh", "Zm9w=",
                          "\xC3\xA9"
                          "AA"}) {
    EXPECT_FALSE(from_base64(bad, Base64::url_unpadded)) << bad;
  }
  for (const char* bad : {"A", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm-v", "Zm_v", "====", "Zg==Zg==", "=Zg="}) {
    EXPECT_FALSE(from_base64(bad, Base64::standard)) << bad;
  }
}

TEST(Form, u16_encodes_every_byte_and_decodes_it_once) {
  std::string every;
  for (int byte = 0; byte < 256; ++byte) every += static_cast<char>(byte);
  Secret encoded;
  append_form_encoded(encoded, every);
  EXPECT_EQ(encoded.view().substr(0, 9), "%00%01%02");
  for (const char c : encoded.view()) EXPECT_TRUE(is_visible_ascii(std::string_view(&c, 1)) && c != '&' && c != '=' && c != '#');
  EXPECT_EQ(form_decoded(encoded.view())->view(), every);
}

TEST(Form, u04_decodes_exactly_once) {
  EXPECT_EQ(form_decoded("%252B")->view(), "%2B");
  EXPECT_EQ(form_decoded("a+b%2Bc%3D%3D")->view(), "a b+c==");
  EXPECT_EQ(form_decoded("")->view(), "");
  for (const char* bad : {"%", "%4", "a%4", "%zz", "%4z", "%z4", "%%41", "100%"}) EXPECT_FALSE(form_decoded(bad)) << bad;
}

TEST(Form, writes_fields_and_hides_secrets_in_the_shown_twin) {
  Secret body;
  std::string shown;
  FormWriter form(body, &shown);
  form.add("a", "1 2");
  form.add_secret("b", "s&cret");
  EXPECT_EQ(body.view(), "a=1+2&b=s%26cret");
  EXPECT_EQ(shown, "a=1+2&b=\xE2\x80\xA2\xE2\x80\xA2\xE2\x80\xA2");
}

TEST(Form, reads_pairs) {
  FormReader reader("&a=1&&b&=c&d==&");
  std::vector<std::string> pairs;
  while (reader.next()) pairs.push_back(std::string(reader.name()) + ":" + std::string(reader.value()));
  EXPECT_EQ(pairs, (std::vector<std::string>{"a:1", "b:", ":c", "d:="}));
}

TEST(Url, splits_into_its_parts) {
  const auto url = parse_url("HTTPS://user:pw@Host.example:8443/a%2Fb?q=1?2#frag");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "HTTPS");
  EXPECT_EQ(url->userinfo, "user:pw");
  EXPECT_EQ(url->host, "Host.example");
  EXPECT_EQ(url->port, "8443");
  EXPECT_EQ(url->path, "/a%2Fb");
  EXPECT_EQ(url->query, "q=1?2");
  EXPECT_EQ(url->fragment, "frag");
  EXPECT_EQ(origin_of(*url), "https://host.example:8443");
  EXPECT_EQ(origin_of(*parse_url("https://a:443")), "https://a");
  EXPECT_EQ(origin_of(*parse_url("http://a:80/")), "http://a");
  EXPECT_EQ(origin_of(*parse_url("https://a:80")), "https://a:80");
  const char* const urls[] = {"https://a",    "HTTPS://A/b", "https://a:443", "https://a:80", "http://a:80",   "http://a",
                              "http://a:443", "https://a.b", "https://ab",    "https://a:4",  "https://a:4433"};
  for (const char* one : urls) {
    for (const char* other : urls) {
      const std::string origin = origin_of(*parse_url(other));
      EXPECT_EQ(has_origin(*parse_url(one), origin), origin_of(*parse_url(one)) == origin) << one << ' ' << origin;
    }
  }
}

TEST(Url, u02_refuses_what_others_would_repair) {
  for (const char* bad : {"",
                          "a",
                          "://x",
                          "1http://x",
                          "http://",
                          "http:///x",
                          "http://a b",
                          "http://a\\b",
                          "http://a/\\b",
                          "http://a%2Fb",
                          "http://a..b",
                          "http://.a",
                          "http://a.",
                          "http://a:",
                          "http://a:0",
                          "http://a:65536",
                          "http://a:080",
                          "http://a:+1",
                          "http://[",
                          "http://[]",
                          "http://[::1",
                          "http://[::g]",
                          "http://a\tb",
                          "http://a\n",
                          "http://\xC3\xA4",
                          "http://a/<",
                          "http://a/\"",
                          "http://a/{x}",
                          "http://a/|",
                          "http://a/^",
                          "http://a/`",
                          "http://a@b@[x"}) {
    EXPECT_FALSE(parse_url(bad)) << bad;
  }
}

TEST(Url, u12_resolves_by_rfc_3986) {
  const std::string_view base = "http://a/b/c/d;p?q";
  struct Row {
    std::string_view reference, target;
  };
  // RFC 3986 5.4, without those whose base or target has no authority.
  for (const Row& row : {Row{"g:h", "g:h"},
                         Row{"g", "http://a/b/c/g"},
                         Row{"./g", "http://a/b/c/g"},
                         Row{"g/", "http://a/b/c/g/"},
                         Row{"/g", "http://a/g"},
                         Row{"//g", "http://g"},
                         Row{"?y", "http://a/b/c/d;p?y"},
                         Row{"g?y", "http://a/b/c/g?y"},
                         Row{"#s", "http://a/b/c/d;p?q#s"},
                         Row{"g#s", "http://a/b/c/g#s"},
                         Row{"g?y#s", "http://a/b/c/g?y#s"},
                         Row{";x", "http://a/b/c/;x"},
                         Row{"g;x", "http://a/b/c/g;x"},
                         Row{"", "http://a/b/c/d;p?q"},
                         Row{".", "http://a/b/c/"},
                         Row{"./", "http://a/b/c/"},
                         Row{"..", "http://a/b/"},
                         Row{"../", "http://a/b/"},
                         Row{"../g", "http://a/b/g"},
                         Row{"../..", "http://a/"},
                         Row{"../../g", "http://a/g"},
                         Row{"../../../g", "http://a/g"},
                         Row{"/./g", "http://a/g"},
                         Row{"/../g", "http://a/g"},
                         Row{"g.", "http://a/b/c/g."},
                         Row{".g", "http://a/b/c/.g"},
                         Row{"..g", "http://a/b/c/..g"},
                         Row{"./../g", "http://a/b/g"},
                         Row{"g/./h", "http://a/b/c/g/h"},
                         Row{"g/../h", "http://a/b/c/h"},
                         Row{"g?y/../x", "http://a/b/c/g?y/../x"},
                         Row{"http://A/%7e?x", "http://A/%7e?x"}}) {
    const auto target = resolve_url(base, row.reference);
    ASSERT_TRUE(target) << row.reference;
    EXPECT_EQ(target->view(), row.target) << row.reference;
  }
  for (const char* bad : {"//", "/\\evil", "http://", " g", "g\n"}) EXPECT_FALSE(resolve_url(base, bad)) << bad;
}

TEST(Url, u11_knows_only_true_loopback_addresses) {
  for (const char* good : {"127.0.0.1", "127.255.255.254", "127.0.0.0", "[::1]", "localhost", "LocalHost"})
    EXPECT_TRUE(is_loopback(good)) << good;
  for (const char* bad : {"",
                          "127.1",
                          "127.0.0",
                          "127.0.0.1.",
                          "127.0.0.1.1",
                          "127.0.0.256",
                          "127.0.0.01",
                          "0127.0.0.1",
                          "0x7f.0.0.1",
                          "2130706433",
                          "128.0.0.1",
                          "::1",
                          "[::2]",
                          "[0:0:0:0:0:0:0:1]",
                          "[::ffff:127.0.0.1]",
                          "localhost.",
                          "localhost.evil.com",
                          "xlocalhost",
                          "127.0.0.1.evil.com",
                          "127.0.0.+1",
                          "127.0..1"}) {
    EXPECT_FALSE(is_loopback(bad)) << bad;
  }
}

JsonFault fault_of(std::string_view text) {
  JsonDocument document;
  return document.parse(text);
}

// Each way to look a member up finds the same, in a small object and in one with more members than JsonMembers keeps.
TEST(Json, members_are_found_by_each_way) {
  for (const size_t count : {size_t{0}, size_t{1}, size_t{24}, size_t{25}, size_t{200}}) {
    std::string text = "{";
    for (size_t i = 0; i < count; ++i) {
      text += (i == 0 ? "\"" : ",\"") + std::string(i % 7, 'n') + std::to_string(i) + "\":\"v" + std::to_string(i) + "\"";
    }
    text += count == 0 ? R"("":"unnamed"})" : R"(,"":"unnamed"})";
    JsonDocument document;
    ASSERT_EQ(document.parse(text), JsonFault::none) << text;
    const JsonMembers members(document.root());
    for (size_t i = 0; i < count + 2; ++i) {
      const std::string name = std::string(i % 7, 'n') + std::to_string(i);
      EXPECT_EQ(members.text(name), document.root().text(name)) << name;
      EXPECT_EQ(members.text(name).has_value(), i < count) << name;
    }
    EXPECT_EQ(members.text(""), "unnamed");
  }
  JsonDocument list;
  ASSERT_EQ(list.parse(R"(["a"])"), JsonFault::none);
  EXPECT_FALSE(JsonMembers(list.root()).find("a"));
}

// Two names that leave the same mark are not duplicates, and a duplicate is found wherever it stands.
TEST(Json, duplicates_are_found_among_names_that_look_alike) {
  const auto object = [](const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "{\"" : ",\"") + name + "\":1";
    return text + "}";
  };
  std::vector<std::string> names;
  for (char c = 'a'; c < 'a' + 20; ++c) names.push_back(std::string("x") + c + "x");
  for (const size_t more : {size_t{0}, size_t{10}}) {
    for (size_t i = 0; i < more; ++i) names.push_back("y" + std::to_string(i));
    JsonDocument document;
    EXPECT_EQ(document.parse(object(names)), JsonFault::none);
    for (size_t i = 0; i < names.size(); ++i) {
      std::vector<std::string> twice = names;
      twice.push_back(names[i]);
      EXPECT_EQ(document.parse(object(twice)), JsonFault::duplicate) << names[i];
    }
  }
}

TEST(Json, j01_a_cut_text_is_told_from_a_wrong_one_at_every_byte) {
  const std::string_view whole = R"({"access_token":"00D\u0041!\"x","n":[1,{"a":null}],"e":{}})";
  ASSERT_EQ(fault_of(whole), JsonFault::none);
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(fault_of(whole.substr(0, size)), JsonFault::cut) << whole.substr(0, size);
  for (const char* wrong : {"{}{}", "{}]", "{'a':1}", "{\"a\":1,}", "[1,]", "nul", "tru", "{\"a\":NaN}", "\xFF", "{\"a\":01}"})
    EXPECT_EQ(fault_of(wrong), JsonFault::syntax) << wrong;
}

TEST(Json, j02_refuses_a_name_twice_anywhere) {
  for (const char* twice : {R"({"a":1,"a":1})", R"({"a":1,"\u0061":2})", R"([{"b":{"a":1,"a":2}}])", R"({"":1,"":2})"})
    EXPECT_EQ(fault_of(twice), JsonFault::duplicate) << twice;
  EXPECT_EQ(fault_of(R"({"a":{"a":{"a":1}},"A":1})"), JsonFault::none);
}

TEST(Json, j02_refuses_a_name_twice_among_few_and_among_many) {
  for (const int count : {2, 23, 24, 25, 26, 200}) {
    std::string text = "{";
    for (int i = 0; i < count - 1; ++i) text += "\"n" + std::to_string(i) + "\":0,";
    JsonDocument twice, once;
    EXPECT_EQ(twice.parse(text + "\"n0\":1}"), JsonFault::duplicate) << count;
    EXPECT_EQ(once.parse(text + "\"n\":1}"), JsonFault::none) << count;
  }
}

TEST(Json, reads_one_text_after_another_in_the_same_document) {
  JsonDocument document;
  for (const size_t size : {size_t{3}, size_t{4000}, size_t{0}, size_t{200}, size_t{5000}}) {
    const std::string word(size, 'w');
    ASSERT_EQ(document.parse("{\"word\":\"" + word + "\",\"\":[" + std::to_string(size) + "]}"), JsonFault::none);
    EXPECT_EQ(document.root().text("word"), word);
    EXPECT_EQ(document.root().find("")->items().at(0).as_integer(), static_cast<int64_t>(size));
    EXPECT_EQ(document.parse("{\"word\""), JsonFault::cut);
    ASSERT_EQ(document.parse("17"), JsonFault::none);
    EXPECT_EQ(document.root().as_integer(), 17);
  }
}

TEST(Json, reads_an_object_in_base64url) {
  const auto read = [](std::string_view text) {
    JsonDocument document;
    const auto fault = document.parse_base64url(to_base64(text, Base64::url_unpadded).view());
    EXPECT_TRUE(fault) << text;
    return fault == JsonFault::none ? std::string(document.root().text("a").value_or("nothing")) : "a fault";
  };
  EXPECT_EQ(read(R"({"a":"b"})"), "b");
  EXPECT_EQ(read(R"( {"a":"\u00e9\u2028"} )"), "\u00e9\u2028");
  EXPECT_EQ(read(R"({"a":"b")"), "a fault");
  EXPECT_EQ(read(""), "a fault");
  EXPECT_EQ(read("17"), "a fault");
  JsonDocument document;
  for (const std::string_view wrong : {"e30=", "e3", "e", "{}", "e30\n", "e31"}) {
    EXPECT_FALSE(document.parse_base64url(wrong)) << wrong;
  }
  EXPECT_EQ(document.parse_base64url("e30"), JsonFault::none);
}

TEST(Json, j08_j09_keeps_to_its_maxima) {
  const auto nested = [](size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(fault_of(nested(kMaxJsonDepth - 1)), JsonFault::none);
  EXPECT_EQ(fault_of(nested(kMaxJsonDepth + 1)), JsonFault::too_deep);
  EXPECT_EQ(fault_of(nested(500'000)), JsonFault::too_deep);
  std::string items = "[0";
  for (size_t i = 1; i < kMaxJsonArray; ++i) items += ",0";
  EXPECT_EQ(fault_of(items + "]"), JsonFault::none);
  EXPECT_EQ(fault_of(items + ",0]"), JsonFault::too_large);
  std::string members = "{\"m\":0";
  for (size_t i = 1; i < kMaxJsonMembers; ++i) members += ",\"m" + std::to_string(i) + "\":0";
  EXPECT_EQ(fault_of(members + "}"), JsonFault::none);
  EXPECT_EQ(fault_of(members + ",\"x\":0}"), JsonFault::too_large);
  EXPECT_EQ(fault_of(std::string(kMaxResponseBody - 2, ' ') + "[]"), JsonFault::none);
  EXPECT_EQ(fault_of(std::string(kMaxResponseBody - 1, ' ') + "[]"), JsonFault::too_large);
}

TEST(Json, j14_reads_numbers_that_nothing_holds_as_null) {
  JsonDocument document;
  ASSERT_EQ(document.parse(R"({"a":1e309,"b":123456789012345678901234567890,"c":-0,"d":"1e309","e":[2e400],"f":12})"),
            JsonFault::none);
  const JsonValue root = document.root();
  EXPECT_EQ(root.find("a")->type(), JsonValue::Type::null);
  EXPECT_EQ(root.find("b")->type(), JsonValue::Type::null);
  EXPECT_EQ(root.find("c")->as_integer(), 0);
  EXPECT_EQ(root.text("d"), "1e309");
  EXPECT_EQ(root.find("e")->items().at(0).type(), JsonValue::Type::null);
  EXPECT_EQ(root.find("f")->as_integer(), 12);
}

// A text that is a number, or begins like one: simdjson has a way of its own for these.
TEST(Json, reads_a_number_alone_as_any_other_value) {
  JsonDocument document;
  for (const auto& [text, number] : {std::pair{"12", 12}, {" 12 ", 12}, {"\n12\t", 12}, {"-3", -3}, {"0", 0}}) {
    ASSERT_EQ(document.parse(text), JsonFault::none) << text;
    EXPECT_EQ(document.root().as_integer(), number) << text;
  }
  ASSERT_EQ(document.parse("1e309"), JsonFault::none);
  EXPECT_EQ(document.root().type(), JsonValue::Type::null);
  for (const char* wrong : {"1711 Failed", "1,2", "1],[2]", "1]", "01", "-", "1.", "12,", "1 2", "- 1"})
    EXPECT_EQ(fault_of(wrong), JsonFault::syntax) << wrong;
  for (const char* cut : {"1 [", "1 {", "1 \"a"}) EXPECT_EQ(fault_of(cut), JsonFault::cut) << cut;
}

TEST(Json, j05_reads_whole_numbers_only_as_integers) {
  JsonDocument document;
  ASSERT_EQ(document.parse(R"([3600.0,3600.5,9007199254740993.0,-1,9223372036854775807,9223372036854775808,true,"5"])"),
            JsonFault::none);
  const auto items = document.root().items();
  EXPECT_EQ(items[0].as_integer(), 3600);
  EXPECT_FALSE(items[1].as_integer());
  EXPECT_EQ(items[2].as_integer(), 9007199254740992) << "the nearest double";
  EXPECT_EQ(items[3].as_integer(), -1);
  EXPECT_EQ(items[4].as_integer(), 9223372036854775807);
  for (size_t i = 5; i < 8; ++i) EXPECT_FALSE(items[i].as_integer()) << i;
}

// Calls `read` with the text at the very end of a page after which nothing may be touched.
void at_page_end(std::string_view text, const std::function<void(std::string_view)>& read) {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t room = (text.size() / page + 1) * page;
  void* block = mmap(nullptr, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(block, MAP_FAILED);
  char* bytes = static_cast<char*>(block);
  ASSERT_EQ(mprotect(bytes + room, page, PROT_NONE), 0);
  if (!text.empty()) std::memcpy(bytes + room - text.size(), text.data(), text.size());
  read({bytes + room - text.size(), text.size()});
  munmap(block, room + page);
}

TEST(Json, j19_never_reads_past_the_end) {
  const std::string_view whole = R"({"access_token":"00DEx0000001abc!AQcAQ","scope":"api","n":[1,2.5e3,null],"u":"\u00fc"})";
  for (size_t size = 0; size <= whole.size(); ++size) {
    at_page_end(whole.substr(0, size),
                [&](std::string_view text) { EXPECT_EQ(fault_of(text) == JsonFault::none, size == whole.size()); });
  }
  for (const std::string_view text : {"%41%4", "%", "https://a.example/b?c#d", "QUJD", "QUI=", "\xE2\x82\xAC", "\xE2\x82",
                                      "Sun, 06 Nov 1994 08:49:37 GMT", "127.0.0.1"}) {
    at_page_end(text, [](std::string_view view) {
      (void)form_decoded(view);
      (void)parse_url(view);
      (void)resolve_url("https://a.example", view);
      (void)from_base64(view, Base64::standard);
      (void)from_base64(view, Base64::url_unpadded);
      (void)is_valid_utf8(view);
      (void)escape_for_display(view, 8);
      (void)read_http_date(view);
      (void)is_loopback(view);
    });
  }
}

TEST(Json, j20_says_the_same_with_every_instruction_set) {
  std::vector<std::string> texts = {"",
                                    "{}",
                                    "[]",
                                    "null",
                                    R"({"a":"\ud83d\udd11","b":[1,-2.5,1e309]})",
                                    R"({"a":"\ud800"})",
                                    "{\"a\":\"\xED\xA0\x80\"}",
                                    "{\"a\":\"\xC0\xAF\"}",
                                    "\xEF\xBB\xBF{}",
                                    "{\"a\":1}\0",
                                    R"({"a":1,"a":2})",
                                    R"({"a":1,})",
                                    std::string(40, '[') + std::string(40, ']'),
                                    "{\"a\":\"" + std::string(300, 'x') + "\\n\"}"};
  for (int cut = 0; cut < 120; ++cut) texts.push_back(texts[13].substr(0, static_cast<size_t>(cut) * 2 + 7));
  const auto verdicts = [&] {
    std::string out;
    for (const std::string& text : texts) {
      JsonDocument document;
      const JsonFault fault = document.parse(text);
      out += static_cast<char>('0' + static_cast<int>(fault));
      if (fault == JsonFault::none) out += std::string(document.root().text("a").value_or("-"));
    }
    return out;
  };
  auto& active = simdjson::get_active_implementation();
  const simdjson::implementation* usual = active;
  const std::string expected = verdicts();
  int tried = 0;
  for (const simdjson::implementation* implementation : simdjson::get_available_implementations()) {
    if (!implementation->supported_by_runtime_system()) continue;
    active = implementation;
    EXPECT_EQ(verdicts(), expected) << implementation->name();
    ++tried;
  }
  active = usual;
  EXPECT_GE(tried, 2) << "at least the fallback and the machine's own";
}

TEST(JsonWriter, writes_what_parses_back) {
  std::string out;
  JsonWriter json(out);
  const std::string_view odd = "\"\\\n\x01\x7f\xE2\x80\xA8\xC3\xA9/";
  json.begin_object()
      .member("a", odd)
      .key("b")
      .begin_array()
      .integer(-5)
      .boolean(true)
      .begin_object()
      .end_object()
      .end_array()
      .key("c")
      .begin_array()
      .end_array()
      .end_object();
  JsonDocument document;
  ASSERT_EQ(document.parse(out), JsonFault::none) << out;
  EXPECT_EQ(document.root().text("a"), odd);
  EXPECT_EQ(document.root().find("b")->items().size(), 3U);
}

}  // namespace
}  // namespace hlid
