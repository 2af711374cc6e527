// The linter: files in, findings and verdicts out. Pure: no file is opened, nothing is asked of the org.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/spec.h"
#include "org/file.h"
#include "org/finding.h"
#include "org/needs.h"

namespace hlid::org {

struct LintRequest {
  Files files;
  std::vector<const FlowSpec*> flows;  // those that are wanted; empty: a verdict on each flow, and no errors for want of one
  std::string app;                     // the only one that counts; empty: each
  bool strict = false;                 // a wanted flow of which the files do not tell is not ok
  Circumstances circumstances;
  int api_version = 0;  // 0: what the files say
};

// What the files say of a flow and an app.
enum class Works : uint8_t { works, works_but, does_not, unknown };
std::string_view name_of(Works works);

struct FlowVerdict {
  const FlowSpec* flow = nullptr;
  Works works = Works::unknown;
  std::vector<size_t> findings;           // indices of those that cause it
  std::vector<std::string> not_in_files;  // elements that decide, and that no file has
  std::string site;                       // of several sites the one that fits best; empty: it makes no difference
};

struct AppVerdict {
  std::string name;
  AppKind kind = AppKind::external_client_app;
  std::vector<FlowVerdict> flows;  // none of an app without OAuth
};

struct Lint {
  // No file is wrong, and for each wanted flow there is an app with which it works, or of which the files do not tell.
  bool ok = false;
  std::vector<AppVerdict> apps;
  std::vector<Finding> findings;  // by file and line
  size_t files_read = 0;
  int api_version = 0;
  std::vector<std::string> unknown_files;
};

// ARGUMENT: there is no such app or site among the files.
Result<Lint> lint(const LintRequest& request);

// The request and the response of hlid_org_lint, as capi/include says. ARGUMENT names the member that is wrong.
Result<std::string> lint_json(std::string_view request);

}  // namespace hlid::org
