// report.h: what a flow's command says, to a person or to a program.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <headlessid/headlessid.h>

#include "cli/catalogue.h"
#include "cli/outcome.h"

namespace hlid_cli {

class Report {
 public:
  virtual ~Report() = default;
  // Before a value is asked for; `problem` says what was wrong with the last one, or is nullptr.
  virtual void ask(std::string_view name, bool secret, bool resends, const Failure* problem) = 0;
  // A value that was refused while the next line may be the right one.
  virtual void refused(std::string_view name, const Failure& problem) = 0;
  // Where there is a code, `verification_uri` is the address without it. `problem`: as with ask.
  virtual void show(std::string_view url, std::string_view code, std::string_view verification_uri, const Failure* problem) = 0;
  // Throws OutputError.
  virtual void done(const ResultInfo& type, const hlid_result* result) = 0;
  virtual void failed(const Failure& failure) = 0;
};

// Names and values on standard output, secrets as dots unless they are wanted; errors on standard error.
// `raw`: with the server's original response.
std::unique_ptr<Report> report_for_people(const FlowInfo& flow, bool show_secrets, bool raw);
// One JSON object a line on standard output, secrets and all: a program that logs in needs the token.
std::unique_ptr<Report> report_for_programs(bool raw);

// The result as --save keeps it: one JSON object, without the server's original response. If the
// response has no refresh token, the given one is kept.
std::string saved_text(const ResultInfo& type, const hlid_result* result, std::string_view given_refresh_token);

// The same error in words, as several lines.
std::string describe(std::string_view command, const Failure& failure);

// Bold, or dim, where the descriptor is a terminal and NO_COLOR is not set; else as it is.
std::string bold(std::string_view text, int fd);
std::string dim(std::string_view text, int fd);

}  // namespace hlid_cli
