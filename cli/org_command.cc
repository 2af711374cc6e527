#include "cli/org_command.h"

#include <algorithm>
#include <memory>

#include "cli/handles.h"
#include "cli/outcome.h"
#include "cli/streams.h"
#include "cli/words.h"

namespace hlid_cli {
namespace {

struct Part {
  const char* name;
  int (*run)(const std::vector<std::string>&);
  std::string (*help)();
};
constexpr Part kParts[] = {{"lint", run_org_lint, org_lint_help},
                           {"generate", run_org_generate, org_generate_help},
                           {"explain", run_org_explain, org_explain_help},
                           {"doctor", run_org_doctor, org_doctor_help},
                           {"probe", run_org_probe, org_probe_help}};

bool is_help(const std::string& argument) { return argument == "--help" || argument == "-h"; }

}  // namespace

nlohmann::ordered_json ask_library(hlid_status (*call)(hlid_view, hlid_text**, hlid_error**),
                                   const nlohmann::ordered_json& request) {
  hlid_text* text = nullptr;
  hlid_error* error = nullptr;
  const std::string sent = request.dump();
  const hlid_status status = call(view_of(sent), &text, &error);
  check(status, error);
  const std::unique_ptr<hlid_text, FreeWith<hlid_text_free>> owned(text);
  return nlohmann::ordered_json::parse(text_of(hlid_text_get(text)));
}

std::string org_help() {
  return "usage: headlessid org lint DIR|ZIP [option]...       says what the files of an org permit\n"
         "       headlessid org generate [option]... --out DIR  writes the files that flows need\n"
         "       headlessid org explain WORD                    a setting, an element, a flow, an error code or a reason\n"
         "       headlessid org doctor [option]...              asks a live site what its switches are\n"
         "       headlessid org probe --user NAME [option]...   asks a live site with a test user what is not published\n"
         "       headlessid org lint|generate|explain|doctor|probe --help\n";
}

int run_org(const std::vector<std::string>& arguments) {
  if (arguments.empty()) {
    write_error(org_help());
    return kWrongUse;
  }
  if (is_help(arguments.front())) {
    write_output(org_help());
    return kDone;
  }
  const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
  for (const Part& part : kParts) {
    if (arguments.front() != part.name) continue;
    if (std::none_of(rest.begin(), rest.end(), is_help)) return part.run(rest);
    write_output(part.help());
    return kDone;
  }
  const std::string meant = closest(arguments.front(), {"lint", "generate", "explain", "doctor", "probe"});
  throw UsageError("org has no command " + printable(arguments.front().substr(0, 64)),
                   meant.empty() ? "It has lint, generate, explain, doctor and probe." : "Did you mean " + meant + "?");
}

}  // namespace hlid_cli
