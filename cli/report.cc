#include "cli/report.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "cli/handles.h"
#include "cli/json_line.h"
#include "cli/options.h"
#include "cli/streams.h"
#include "cli/words.h"

namespace hlid_cli {
namespace {

constexpr std::string_view kDots = "••••";
constexpr std::string_view kMilliseconds = "_ms";
constexpr std::string_view kRaw = "raw";
constexpr std::string_view kRefreshToken = "refresh_token";

bool has_colour(int fd) {
  const char* no = std::getenv("NO_COLOR");
  return isatty(fd) == 1 && (no == nullptr || *no == '\0');
}

// An address that ends a browser's session holds a secret only in its query.
bool is_plain_address(const ResultField& field, std::string_view value) {
  return field.name == "end_session_url" && value.find("id_token_hint=") == std::string_view::npos &&
         value.find("state=") == std::string_view::npos;
}

// A result member that the catalogue does not know is treated as a secret text.
ResultField field_of(const ResultInfo& type, std::string_view name) {
  const auto found =
      std::find_if(type.fields.begin(), type.fields.end(), [&](const ResultField& each) { return each.name == name; });
  return found == type.fields.end() ? ResultField{std::string(name), "text", "", true, false, {}} : *found;
}

bool is_integer(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

void add_result(JsonLine& line, const ResultField& field, std::string_view value) {
  if (field.kind == "json" && !value.empty()) {
    line.json(field.name, value);
  } else if (field.kind == "integer" && is_integer(value)) {
    line.json(field.name, value);
  } else if (field.kind == "flag" && (value == "true" || value == "false")) {
    line.flag(field.name, value == "true");
  } else {
    line.text(field.name, value);
  }
}

void add_failure(JsonLine& line, std::string_view name, const Failure& failure) {
  line.begin(name)
      .text("kind", failure.kind)
      .text("advice", failure.advice)
      .text("reason", failure.reason)
      .text("message", failure.message);
  line.text_if_any("hint", failure.hint).text_if_any("field", failure.field);
  line.text_if_any("server_code", failure.server_code).text_if_any("server_text", failure.server_text);
  if (failure.http_status != 0) line.number("http_status", failure.http_status);
  if (failure.outcome_unknown) line.flag("outcome_unknown", true);
  if (failure.retry_after_ms >= 0) line.number("retry_after_ms", failure.retry_after_ms);
  line.end();
}

void add_results(JsonLine& line, const ResultInfo& type, const hlid_result* result, bool raw) {
  for (size_t i = 0; i < hlid_result_count(result); ++i) {
    const std::string_view name = text_of(hlid_result_name(result, i));
    if (raw || name != kRaw) add_result(line, field_of(type, name), text_of(hlid_result_value(result, i)));
  }
}

class ForPrograms final : public Report {
 public:
  explicit ForPrograms(bool raw) : raw_(raw) {}

  void ask(std::string_view name, bool secret, bool resends, const Failure* problem) override {
    JsonLine line;
    line.text("event", "ask").text("name", name).flag("secret", secret);
    if (resends) line.flag("resends", true);
    if (problem != nullptr) add_failure(line, "problem", *problem);
    write_output(line.finish());
  }

  void refused(std::string_view name, const Failure& problem) override {
    JsonLine line;
    line.text("event", "refused").text("name", name);
    add_failure(line, "problem", problem);
    write_output(line.finish());
  }

  void show(std::string_view url, std::string_view code, std::string_view verification_uri, const Failure* problem) override {
    JsonLine line;
    line.text("event", "show").text("url", url).text_if_any("code", code).text_if_any("verification_uri", verification_uri);
    if (problem != nullptr) add_failure(line, "problem", *problem);
    write_output(line.finish());
  }

  void done(const ResultInfo& type, const hlid_result* result) override {
    JsonLine line;
    line.text("event", "done").begin("result");
    add_results(line, type, result, raw_);
    write_output(line.end().finish());
  }

  void failed(const Failure& failure) override {
    JsonLine line;
    line.text("event", "failed");
    add_failure(line, "error", failure);
    write_output(line.finish());
  }

 private:
  bool raw_;
};

class ForPeople final : public Report {
 public:
  ForPeople(std::string command, bool show_secrets, bool raw)
      : command_(std::move(command)), show_secrets_(show_secrets), raw_(raw) {}

  void ask(std::string_view, bool, bool resends, const Failure* problem) override {
    if (problem != nullptr) write_error(describe("headlessid " + command_, *problem));
    if (!resends) return;
    if (problem != nullptr) return write_error("Type it again; an empty line has the message sent again.\n");
    write_error(message_said_ ? "Another message is on its way.\n"
                              : "A message is on its way. An empty line has it sent again.\n");
    message_said_ = true;
  }

  void refused(std::string_view, const Failure& problem) override { write_error(describe("headlessid " + command_, problem)); }

  void show(std::string_view url, std::string_view code, std::string_view verification_uri, const Failure* problem) override {
    if (problem != nullptr) write_error(describe("headlessid " + command_, *problem));
    if (code.empty()) return write_error("Open this page: " + printable(url) + "\n");
    write_error("Open this page: " + printable(verification_uri) + "\nand type there: " + printable(code) +
                "\nWith the code filled in: " + printable(url) + "\n");
  }

  void done(const ResultInfo& type, const hlid_result* result) override {
    const size_t count = hlid_result_count(result);
    if (count == 0) return write_output(type.doc + "\n");
    const auto hides_all = [&](size_t i) { return !raw_ && text_of(hlid_result_name(result, i)) == kRaw; };
    size_t widest = 0;
    for (size_t i = 0; i < count; ++i) widest = std::max(widest, hides_all(i) ? 0 : text_of(hlid_result_name(result, i)).size());
    bool hid_any = false;
    std::string out;
    for (size_t i = 0; i < count; ++i) {
      if (hides_all(i)) continue;
      const ResultField field = field_of(type, text_of(hlid_result_name(result, i)));
      const std::string_view value = text_of(hlid_result_value(result, i));
      const bool hides = field.secret && !show_secrets_ && !is_plain_address(field, value);
      hid_any = hid_any || hides;
      out += bold(field.name, STDOUT_FILENO) + std::string(widest - field.name.size() + 2, ' ');
      out += hides ? std::string(kDots) : printable(value);
      out += date_after(field, value) + "\n";
    }
    write_output(out);
    if (hid_any && errors_are_terminal())
      write_error(dim("Secrets are hidden: --show-secrets shows them, --json is for programs.", STDERR_FILENO) + "\n");
  }

  void failed(const Failure& failure) override { write_error(describe("headlessid " + command_, failure)); }

 private:
  static std::string date_after(const ResultField& field, std::string_view value) {
    if (field.kind != "integer" || !field.name.ends_with(kMilliseconds) || !is_integer(value)) return {};
    int64_t ms = 0;
    (void)std::from_chars(value.data(), value.data() + value.size(), ms);
    const std::string date = date_of(ms);
    return date.empty() ? date : " (" + date + ")";
  }

  std::string command_;
  bool show_secrets_;
  bool raw_;
  bool message_said_ = false;
};

std::string seconds(int64_t ms) { return std::to_string((ms + 999) / 1000) + (ms > 1000 ? " seconds" : " second"); }

// What the advice says, for a person at a shell.
std::string_view advice_in_words(const Failure& failure) {
  if (failure.advice == "ASK_AGAIN") return "Try again with the right value.";
  if (failure.advice == "RESTART") return "Start this command again.";
  if (failure.reason == "subject_token_refused" && failure.hint.find("OauthTokenExchangeApexExec") != std::string::npos)
    return "Get a new token from the identity provider.";
  // A session that was never begun cannot be over.
  if (failure.reason == "no_session") return {};
  if (failure.advice == "SIGN_IN_AGAIN") return "The session is over: log in again.";
  if (failure.advice == "RETRY_LATER" && failure.retry_after_ms < 0) return "The same command may work later.";
  return {};
}

}  // namespace

std::string bold(std::string_view text, int fd) {
  return has_colour(fd) ? "\x1b[1m" + std::string(text) + "\x1b[0m" : std::string(text);
}
std::string dim(std::string_view text, int fd) {
  return has_colour(fd) ? "\x1b[2m" + std::string(text) + "\x1b[0m" : std::string(text);
}

std::string describe(std::string_view command, const Failure& failure) {
  const size_t width = text_width();
  std::string out = std::string(command) + ": " + printable(failure.message) + "\n";
  const auto add = [&](const std::string& label, std::string_view text) {
    const std::string start = "  " + label;
    out += start + wrapped(text, 4, width, columns(start));
  };
  if (!failure.hint.empty()) add(failure.advice == "FIX_ORG" ? "What to change: " : "", printable(failure.hint));
  if (const auto words = advice_in_words(failure); !words.empty()) add("", words);
  if (failure.retry_after_ms >= 0)
    add("", "The server asks to wait " + seconds(failure.retry_after_ms) + " before the next try.");
  if (failure.outcome_unknown)
    add("", "The request may have reached the server: whether it did its work is unknown, and it has not been sent again.");
  std::string said = printable(failure.server_code);
  if (!failure.server_text.empty()) said += (said.empty() ? "" : ": ") + printable(failure.server_text);
  if (failure.http_status != 0)
    said += (said.empty() ? "nothing more (HTTP " : " (HTTP ") + std::to_string(failure.http_status) + ")";
  if (!said.empty()) add("The server said: ", said);
  return out;
}

std::unique_ptr<Report> report_for_people(const FlowInfo& flow, bool show_secrets, bool raw) {
  return std::make_unique<ForPeople>(hyphened(flow.name), show_secrets, raw);
}

std::unique_ptr<Report> report_for_programs(bool raw) { return std::make_unique<ForPrograms>(raw); }

std::string saved_text(const ResultInfo& type, const hlid_result* result, std::string_view given_refresh_token) {
  JsonLine line;
  add_results(line, type, result, false);
  bool brings_one = false;
  for (size_t i = 0; i < hlid_result_count(result); ++i)
    brings_one = brings_one || text_of(hlid_result_name(result, i)) == kRefreshToken;
  const bool knows =
      std::any_of(type.fields.begin(), type.fields.end(), [](const ResultField& each) { return each.name == kRefreshToken; });
  if (knows && !brings_one) line.text_if_any(kRefreshToken, given_refresh_token);
  return line.finish();
}

}  // namespace hlid_cli
