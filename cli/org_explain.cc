// `headlessid org explain`.
#include <unistd.h>

#include <algorithm>

#include "cli/org_command.h"
#include "cli/org_options.h"
#include "cli/outcome.h"
#include "cli/report.h"
#include "cli/streams.h"
#include "cli/words.h"

namespace hlid_cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr OrgOption kOptions[] = {{"--json", "json", OrgShape::our_flag, "", "One JSON object."}};

constexpr size_t kIndent = 2;
constexpr size_t kMaxElements = 12;  // of a type

std::string line(const std::string& text, size_t width) {
  return std::string(kIndent, ' ') + wrapped(text, kIndent + 2, width, kIndent);
}

std::string listed(const Json& names, bool hyphens) {
  std::string out;
  for (const Json& name : names)
    out += (out.empty() ? "" : ", ") + (hyphens ? hyphened(name.get<std::string>()) : name.get<std::string>());
  return out;
}

std::string element(const Json& one) {
  std::string out =
      one.at("type").get<std::string>() + "." + one.at("element").get<std::string>() + ": " + one.at("kind").get<std::string>();
  if (!one.at("choices").empty()) out += " (" + listed(one.at("choices"), false) + ")";
  if (one.at("required")) out += ", required";
  if (const std::string standard = one.at("default"); !standard.empty()) out += ", default " + standard;
  if (one.at("since").get<int>() > 0) out += ", since API " + std::to_string(one.at("since").get<int>());
  if (one.at("inverted")) out += "; true means that the box in Setup is not ticked";
  return out + ".";
}

// "grant_refused (token endpoint; jwt-bearer): the server rejected the grant. What to do: ..."
std::string meaning(const Json& one, const std::string& kind) {
  const std::string& code = one.at(kind == "reason" ? "code" : "reason").get_ref<const std::string&>();
  std::string where;
  const auto add = [&](const std::string& part) { where += (where.empty() ? "" : "; ") + part; };
  if (const std::string endpoint = one.at("endpoint"); !endpoint.empty()) add(endpoint + " endpoint");
  if (const std::string text = one.at("text"); !text.empty()) add("with \"" + text + "\"");
  if (!one.at("flows").empty()) add(listed(one.at("flows"), true));
  std::string out = code.empty() ? "Any code" : code;
  if (!where.empty()) out += " (" + where + ")";
  out += ": " + one.at("doc").get<std::string>() + ".";
  if (const std::string hint = one.at("hint"); !hint.empty()) out += " What to do: " + hint + ".";
  return out;
}

std::string in_words(const Json& entry, size_t width) {
  const std::string kind = entry.at("kind");
  std::string out =
      bold(entry.at("name").get<std::string>(), STDOUT_FILENO) + " (" + (kind == "error_code" ? "error code" : kind) + ")\n";
  const auto say = [&](const std::string& text) {
    if (!text.empty()) out += line(text, width);
  };
  say(entry.at("doc"));
  if (const std::string hint = entry.at("hint"); !hint.empty()) say("What to do: " + hint + ".");
  if (const std::string setup = entry.at("setup"); !setup.empty()) say("In Setup: " + setup);
  if (entry.contains("file")) {
    const Json& file = entry.at("file");
    if (const std::string folder = file.at("folder"); !folder.empty())
      say("Files: " + folder + "/NAME." + file.at("suffix").get<std::string>() + "-meta.xml");
  }
  const Json& metadata = entry.at("metadata");
  if (kind == "type" && metadata.size() > kMaxElements) {
    std::string names;
    for (const Json& one : metadata) names += (names.empty() ? "" : ", ") + one.at("element").get<std::string>();
    say("Elements: " + names + ".");
  } else {
    for (const Json& one : metadata) say("In files: " + element(one));
  }
  const Json& meanings = entry.at("meanings");
  const auto say_settings = [&](bool of_all) {
    if (kind == "setting") return;
    for (const Json& setting : entry.at("settings")) {
      const std::string setup = setting.at("setup");
      const bool all = std::all_of(meanings.begin(), meanings.end(), [&](const Json& one) {
        return one.at("hint").get_ref<const std::string&>().find(setup) != std::string::npos;
      });
      if (all == of_all && setup != entry.at("setup").get<std::string>())
        say("Setting: " + setup + " (" + setting.at("id").get<std::string>() + ")");
    }
  };
  say_settings(true);
  // With several meanings each has its own words; one is the entry itself. What only some are about comes after them.
  if (meanings.size() > 1) {
    for (const Json& one : meanings) say(meaning(one, kind));
    say_settings(false);
    return out;
  }
  say_settings(false);
  if (!entry.at("flows").empty()) say("Flows: " + listed(entry.at("flows"), true) + ".");
  if (!entry.at("errors").empty()) {
    const std::string title = kind == "reason"       ? "The server's word: "
                              : kind == "error_code" ? "Reason: "
                                                     : "Where it is wrong: ";
    say(title + listed(entry.at("errors"), false) + ".");
  }
  return out;
}

}  // namespace

std::span<const OrgOption> org_explain_options() { return kOptions; }

std::string org_explain_help() {
  return "usage: headlessid org explain WORD [--json]\n\n" +
         wrapped(
             "A setting (callback URL, app_callback), an element or type of the Metadata API, a flow, a scope, a rule of org lint, a "
             "reason, or what a server says, its error code or the whole text: what it does, where in Setup, which flows it touches, and how an error looks.",
             0, text_width(), 0);
}

int run_org_explain(const std::vector<std::string>& arguments) {
  const OrgArguments given = read_org_arguments("org explain", kOptions, arguments);
  if (given.plain.empty()) throw UsageError("org explain needs a word", "headlessid org explain --help");
  // The label of a setting has several words.
  std::string word;
  for (const std::string& part : given.plain) word += (word.empty() ? "" : " ") + part;
  if (!is_utf8(word)) throw UsageError("the word is not UTF-8");
  const Json said = ask_library(hlid_org_explain, {{"word", word}});
  if (said.at("entries").empty()) {
    const std::string nearest = listed(said.at("nearest"), false);
    const std::string advice = said.at("advice");
    throw UsageError("nothing here is called " + printable(word.substr(0, 64)),
                     !nearest.empty()  ? "Did you mean " + nearest + "?"
                     : !advice.empty() ? advice
                                       : "headlessid org explain --help says what can be explained.");
  }
  if (given.has("json")) {
    write_output(said.dump() + "\n");
    return kDone;
  }
  std::string out;
  for (const Json& entry : said.at("entries")) out += (out.empty() ? "" : "\n") + in_words(entry, text_width());
  write_output(out);
  return kDone;
}

}  // namespace hlid_cli
