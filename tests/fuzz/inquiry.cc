// What an inquiry makes of a response. First line: which of the questions; then the response.
#include "org/inquiries.h"

#include "engine/flow.h"
#include "org/doctor.h"

#include "tests/fuzz/responses.h"

namespace {

std::shared_ptr<const hlid::App> app() {
  static const auto* const kMade = [] {
    const hlid::NamedValue values[] = {{"site", "https://acme.my.site.com/shop"},
                                       {"client_id", "3MVG9Example"},
                                       {"client_secret", "an-app-secret-of-32-characters-x"},
                                       {"redirect_uri", "https://app.acme.example/callback"}};
    return new std::shared_ptr<const hlid::App>(*hlid::App::create(values));
  }();
  return *kMade;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  const auto questions = hlid::org::all_questions();
  const hlid::org::Question& question = questions[static_cast<uint64_t>(input.number()) % questions.size()];
  const hlid::FlowSpec* spec = hlid::org::find_inquiry(question.flow);
  if (spec == nullptr) return 0;
  hlid::Flow flow(app(), *spec);
  for (const auto& argument : question.arguments) MUST(flow.set(argument.name, argument.value));
  MUST(flow.next(fuzz::kNowMs));
  const std::string text(input.rest());
  const fuzz::ResponseText response(text);
  for (const auto& [name, value] : response.headers) MUST(flow.give_header(name, value));
  MUST(flow.give_response(response.status, response.version, response.body));
  MUST(flow.next(fuzz::kNowMs));
  if (flow.step() == hlid::Step::failed) return 0;
  MUST(flow.step() == hlid::Step::done);
  for (const auto& [name, value] : flow.result()->values()) {
    MUST(hlid::is_valid_utf8(value) && !hlid::has_control(value));
    MUST(value.size() <= hlid::kMaxServerText + 8);
  }
  return 0;
}
