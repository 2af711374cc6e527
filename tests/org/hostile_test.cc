// Files and zips that are made to harm, or that tools write in a way of their own: what the linter makes of them.
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <vector>

#include "base/limits.h"
#include "flows/registry.h"
#include "org/generate.h"
#include "org/lint.h"
#include "org/zip.h"

namespace hlid::org {
namespace {

const Files& whole_app() {
  static const Files kFiles = [] {
    const nlohmann::json request = {{"name", "Shop"},
                                    {"flows", {"login", "guest", "web_server", "refresh"}},
                                    {"client", "public"},
                                    {"contact_email", "ops@shop.example"},
                                    {"redirect_uris", {"https://shop.example/?a&b", "http://localhost:1/x"}}};
    auto choices = read_choices(request.dump());
    auto made = generate(*choices);
    return std::move(made->files);
  }();
  return kFiles;
}

Lint lint_of(Files files) {
  LintRequest request;
  request.files = std::move(files);
  for (const char* flow : {"login", "guest", "web_server", "refresh"}) request.flows.push_back(find_flow(flow));
  request.circumstances.client = Circumstances::Client::of_public;
  return *lint(request);
}

// Verdicts, and findings without their lines.
std::string text_of(const Lint& lint) {
  std::string out;
  for (const AppVerdict& app : lint.apps) {
    for (const FlowVerdict& flow : app.flows) out += std::string(flow.flow->name) + " " + std::string(name_of(flow.works)) + "\n";
  }
  for (const Finding& one : lint.findings) out += std::string(one.id) + " " + one.file + " " + one.message + "\n";
  return out;
}

Files each(const Files& files, const std::string& pattern, const std::string& with) {
  Files out = files;
  for (File& file : out) {
    if (file.path.ends_with(".xml")) file.bytes = std::regex_replace(file.bytes, std::regex(pattern), with);
  }
  return out;
}

// The reason of a fault in a file, "" if the file is read.
std::string fault_of(const std::string& bytes) {
  const Lint out = lint_of({{"externalClientApps/Shop.eca-meta.xml", bytes}});
  for (const Finding& one : out.findings) {
    if (std::string_view(one.id).starts_with("xml_")) {
      EXPECT_EQ(one.file, "externalClientApps/Shop.eca-meta.xml");
      EXPECT_LT(one.message.size(), 500U);
      return std::string(one.id);
    }
  }
  return "";
}

std::string repeated(const std::string& text, size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

TEST(OrgHostile, what_tools_write_otherwise_means_the_same) {
  const std::string plain = text_of(lint_of(whole_app()));
  ASSERT_EQ(plain, "login works\nguest works\nweb_server works\nrefresh works\n");
  const auto same = [&](const char* what, const Files& files) {
    EXPECT_NE(files.back().bytes + files[2].bytes, whole_app().back().bytes + whole_app()[2].bytes) << what;
    EXPECT_EQ(text_of(lint_of(files)), plain) << what;
  };
  const std::string leaf = R"(<(\w+)>([^<>]+)</\1>)";
  same("namespace prefixes", each(each(each(whole_app(), R"(<(?![?!/]))", "<md:"), R"(</)", "</md:"), "xmlns=", "xmlns:md="));
  same("comments inside of values", each(whole_app(), leaf, "<$1><!-- <x> -->$2<!--\n--></$1>"));
  same("a comment in the middle of a word", each(whole_app(), ">true<", ">tr<!-- true -->ue<"));
  same("processing instructions",
       each(each(whole_app(), leaf, "<$1><?tool <x>?>$2</$1>"), R"(\?>\n<(?=\w))", "?>\n<?xml-model x?>\n<"));
  same("CDATA", each(whole_app(), R"(<(\w+)>(\w+)</\1>)", "<$1><![CDATA[$2]]></$1>"));
  same("numeric references", each(whole_app(), ">true<", ">&#116;r&#x75;e<"));
  same("white space around values", each(whole_app(), R"(<(\w+)>(\w+)</\1>)", "<$1>\r\n\t$2 \n</$1 >"));
  same("attributes", each(whole_app(), leaf, "<$1 a='1' xml:lang=\"en\" b='>'>$2</$1>"));
  same("line ends of Windows", each(whole_app(), "\n", "\r\n"));
  Files marked = whole_app();
  for (File& file : marked) {
    if (file.path.ends_with(".xml")) file.bytes.insert(0, "\xEF\xBB\xBF");
  }
  same("a byte order mark", marked);
}

TEST(OrgHostile, a_value_that_is_nil_is_not_there) {
  for (const char* nil : {"xsi:nil=\"true\"", "i:nil='1'", "xsi:nil=\"1\" a=\"b\""}) {
    const Files files =
        each(whole_app(), "<isGuestCodeCredFlowEnabled>", std::string("<isGuestCodeCredFlowEnabled ") + nil + ">");
    EXPECT_NE(text_of(lint_of(files)).find("guest does_not"), std::string::npos) << text_of(lint_of(files));
  }
  const Files not_nil = each(whole_app(), "<isGuestCodeCredFlowEnabled>", "<isGuestCodeCredFlowEnabled xsi:nil=\"false\">");
  EXPECT_NE(text_of(lint_of(not_nil)).find("guest works"), std::string::npos);
}

TEST(OrgHostile, other_encodings_are_named) {
  const auto wide = [](const std::string& text, bool big, bool mark) {
    std::string out = !mark ? "" : big ? "\xFE\xFF" : "\xFF\xFE";
    for (const char c : text) out += big ? std::string{'\0', c} : std::string{c, '\0'};
    return out;
  };
  const std::string text = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><ExternalClientApplication/>";
  for (const bool big : {false, true}) {
    for (const bool mark : {false, true}) EXPECT_EQ(fault_of(wide(text, big, mark)), "xml_encoding") << big << mark;
  }
  EXPECT_EQ(fault_of(text), "xml_encoding") << "it says what it is not";
  EXPECT_EQ(
      fault_of("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><ExternalClientApplication>\xE9</ExternalClientApplication>"),
      "xml_encoding");
  EXPECT_EQ(fault_of("<ExternalClientApplication>caf\xE9</ExternalClientApplication>"), "xml_encoding");
  EXPECT_EQ(fault_of("<?xml version=\"1.0\" encoding=\"UTF-7\"?><ExternalClientApplication>+AGE-</ExternalClientApplication>"),
            "xml_encoding");
  EXPECT_EQ(fault_of(std::string("\xFF\xFE\0\0<\0\0\0", 8)), "xml_encoding") << "UTF-32";
  EXPECT_EQ(fault_of("<ExternalClientApplication>\xED\xA0\x80</ExternalClientApplication>"), "xml_encoding") << "a surrogate";
}

TEST(OrgHostile, entities_are_never_expanded) {
  std::string laughs = "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY l0 \"ha\">";
  for (int i = 1; i < 30; ++i) {
    const std::string below = "&l" + std::to_string(i - 1) + ";";
    laughs += "<!ENTITY l" + std::to_string(i) + " \"" + repeated(below, 10) + "\">";
  }
  EXPECT_EQ(fault_of(laughs + "]><ExternalClientApplication>&l29;</ExternalClientApplication>"), "xml_doctype");
  EXPECT_EQ(fault_of("<!DOCTYPE a SYSTEM \"http://127.0.0.1:1/x.dtd\"><ExternalClientApplication/>"), "xml_doctype");
  EXPECT_EQ(fault_of("<!DOCTYPE a [<!ENTITY % p SYSTEM \"file:///etc/passwd\"> %p;]><ExternalClientApplication/>"),
            "xml_doctype");
  EXPECT_EQ(fault_of("<ExternalClientApplication>&#1;</ExternalClientApplication>"), "xml_entity");
  EXPECT_EQ(fault_of("<ExternalClientApplication>&#99999999999999999999;</ExternalClientApplication>"), "xml_entity");
  EXPECT_EQ(fault_of("<ExternalClientApplication>&xxe;</ExternalClientApplication>"), "xml_entity");
}

TEST(OrgHostile, much_of_one_thing) {
  const std::string begin = "<ExternalClientApplication";
  const std::string end = "</ExternalClientApplication>";
  std::string attributes;
  for (size_t i = 0; i < 400'000; ++i) attributes += " a" + std::to_string(i) + "=\"\"";
  EXPECT_EQ(fault_of(begin + attributes + "></ExternalClientApplication>"), "");
  EXPECT_EQ(fault_of(begin + repeated(" a=\"\"", 400'000) + ">" + end), "") << "one name for all";
  EXPECT_EQ(fault_of(begin + " a=\"" + std::string(10'000'000, 'x') + "\">" + end), "");
  EXPECT_EQ(fault_of(begin + ">" + repeated("<!-- -->", 190'000) + end), "");
  EXPECT_EQ(fault_of(begin + ">" + repeated("<?x y?>", 190'000) + end), "");
  EXPECT_EQ(fault_of(begin + ">" + repeated("<![CDATA[x]]>", 190'000) + end), "");
  EXPECT_EQ(fault_of(begin + ">" + repeated("<a>", 2'500'000)), "xml_too_large") << "10 MB of nested elements";
  EXPECT_EQ(fault_of(begin + ">" + repeated("<a>", 100'000)), "xml_not_closed");
  EXPECT_EQ(fault_of(begin + ">" + repeated("<a>", 100'000) + repeated("</a>", 100'000) + end), "xml_too_large");
  EXPECT_EQ(fault_of(begin + ">" + repeated("&amp;", 3'000'000) + end), "");
  EXPECT_EQ(fault_of(begin + ">" + repeated("</b>", 100'000)), "xml_wrong_end");
  EXPECT_EQ(fault_of(begin + std::string(5'000'000, ' ') + ">" + end), "");
  EXPECT_EQ(fault_of("<" + std::string(5'000'000, 'n') + "/>"), "");
  // Findings of one file and of all: a person reads 200 of one.
  const Lint out = lint_of({{"externalClientApps/Shop.eca-meta.xml", begin + ">" + repeated("<b>x</b>\n", 99'000) + end}});
  EXPECT_LT(out.findings.size(), 250U);
}

std::string number(size_t value, size_t bytes) {
  std::string out;
  for (size_t i = 0; i < bytes; ++i) out += static_cast<char>(value >> 8 * i & 0xFFU);
  return out;
}

// Entries whose bytes all lie at one place, each as its own directory entry says.
std::string overlapping(const std::vector<std::string>& paths, const std::string& packed, size_t size, uint32_t crc) {
  const auto common = [&](const std::string& path) {
    return number(20, 2) + number(0, 2) + number(8, 2) + number(0, 4) + number(crc, 4) + number(packed.size(), 4) +
           number(size, 4) + number(path.size(), 2) + number(0, 2);
  };
  const std::string local = "PK\x03\x04" + common(paths.front()) + paths.front() + packed;
  std::string directory;
  for (const std::string& path : paths) {
    directory += "PK\x01\x02" + number(0, 2) + common(path) + number(0, 6) + number(0, 4) + number(0, 4) + path;
  }
  return local + directory + "PK\x05\x06" + number(0, 4) + number(paths.size(), 2) + number(paths.size(), 2) +
         number(directory.size(), 4) + number(local.size(), 4) + number(0, 2);
}

std::string refusal(const std::string& zip) {
  const auto files = unpack(zip);
  return files ? "" : files.error().data().message;
}

TEST(OrgHostile, zips_that_grow) {
  // A zip within a zip is a file like others.
  const std::string inner = *pack({{"a.xml", std::string(60'000, ' ') + "<a/>"}});
  const std::string outer = *pack({{"inner.zip", inner}, {"externalClientApps/Shop.eca", "<ExternalClientApplication/>"}});
  const auto files = unpack(outer);
  ASSERT_TRUE(files);
  EXPECT_EQ((*files)[0].bytes, inner);
  EXPECT_EQ(lint_of(*files).unknown_files, std::vector<std::string>{"inner.zip"});
  // 2,000 entries over the same bytes, each within the ratio.
  std::string packed = pack({{"a", std::string(60'000, 'a')}})->substr(31);
  packed.resize(packed.find("PK\x01\x02"));
  std::vector<std::string> paths;
  for (size_t i = 0; i < 1'000; ++i) paths.push_back("a" + std::to_string(i));
  const std::string text(60'000, 'a');
  const auto crc = static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size())));
  EXPECT_NE(refusal(overlapping(paths, packed, text.size(), crc)), "");
  EXPECT_EQ(refusal(overlapping({"a0"}, packed, text.size(), crc)), "") << "one of them is sound";
  // Small entries that are packed tightly: all together are too much, and nothing is unpacked.
  Files many;
  for (size_t i = 0; i < 1'100; ++i) many.push_back({"f" + std::to_string(i), std::string(60'000, 'a')});
  EXPECT_EQ(refusal(*pack(many)), "") << "66 MB is below 64 MiB";
  for (size_t i = 0; i < 30; ++i) many.push_back({"g" + std::to_string(i), std::string(60'000, 'a')});
  EXPECT_FALSE(pack(many));
  paths.clear();
  for (size_t i = 0; i < 20'000; ++i) paths.push_back("a" + std::to_string(i));
  EXPECT_NE(refusal(overlapping(paths, packed, text.size(), crc)), "");
  // Sizes of zip64, which hide in an extra field.
  std::string zip64 = *pack({{"a", "x"}});
  for (const size_t at : {zip64.find("PK\x01\x02") + 20, zip64.find("PK\x01\x02") + 24})
    zip64.replace(at, 4, number(0xFFFFFFFF, 4));
  EXPECT_NE(refusal(zip64), "");
}

TEST(OrgHostile, names_that_are_special_elsewhere) {
  // Nothing is written to a disk, so that these are names like others. What differs in case is two files.
  const Files files = {{"CON", "x"},           {"aux.eca", "<a/>"},    {"NUL.network", "x"}, {"COM1", "x"},
                       {"classes/A.cls", "x"}, {"classes/a.cls", "y"}, {"a. ", "x"},         {"a:b/c", "x"}};
  for (const File& file : files) {
    const bool refused = !path_fault(file.path).empty();
    EXPECT_EQ(refused, file.path == "a:b/c") << file.path;
  }
  Files sound(files.begin(), files.end() - 1);
  const auto back = unpack(*pack(sound));
  ASSERT_TRUE(back) << back.error().data().message;
  ASSERT_EQ(back->size(), sound.size());
  EXPECT_EQ((*back)[4].bytes + (*back)[5].bytes, "xy");
  EXPECT_EQ(lint_of(*back).files_read, lint_of(sound).files_read);
}

}  // namespace
}  // namespace hlid::org
