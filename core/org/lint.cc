#include "org/lint.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <numeric>

#include "base/text.h"
#include "flows/registry.h"
#include "org/rules/rules.h"

namespace hlid::org {
namespace {

using Met = Verdict::Met;

bool contains(const std::vector<std::string_view>& all, std::string_view one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

class Judge {
 public:
  Judge(const LintRequest& request, const Configuration& configuration, Review& review)
      : request_(request), configuration_(configuration), review_(review), rule_findings_(review.findings.size()) {
    for (const FlowSpec* flow : all_flows()) {
      for (const Need* need : needs_of(*flow)) {
        if (*need->rule != '\0') judged_rules_.emplace_back(need->rule);
      }
    }
    for (size_t i = 0; i < rule_findings_; ++i) {
      const Finding& finding = review_.findings[i];
      if (!finding.app.empty() || !finding.setting.empty()) of_app_[finding.app].push_back(i);
    }
  }

  // With each wanted flow as if it were wanted of this app alone.
  AppVerdict judge_app(const App& app) {
    return judge_app(app, [](const FlowSpec&) { return true; });
  }

  AppVerdict judge_app(const App& app, const auto& is_wanted) {
    AppVerdict out;
    out.name = app.name;
    out.kind = app.kind;
    if (!app.has_oauth()) return out;
    case_of_ = request_.circumstances;
    if (!case_of_.after_guest) {
      const Value guests = app.value("ExtlClntAppOauthConfigurablePolicies.isGuestCodeCredFlowEnabled");
      const bool wanted =
          std::any_of(request_.flows.begin(), request_.flows.end(), [](const FlowSpec* flow) { return flow == &flows::guest; });
      if (guests.known() || wanted) case_of_.after_guest = wanted || guests.is("true");
    }
    own_.clear();
    linked_.clear();
    own_ = of_app_[std::string()];
    if (!app.name.empty()) own_.insert(own_.end(), of_app_[app.name].begin(), of_app_[app.name].end());
    for (const size_t i : own_) {
      const Finding& finding = review_.findings[i];
      // What a row of needs says as well is linked to the flows of that row.
      if (std::find(judged_rules_.begin(), judged_rules_.end(), finding.id) != judged_rules_.end()) continue;
      if (finding.severity != Severity::note && !finding.setting.empty()) linked_.push_back(i);
    }
    if (request_.flows.empty()) {
      for (const FlowSpec* flow : all_flows()) {
        // A flow that needs nothing of an org is not worth a line.
        if (!own_needs(flow->name).empty()) out.flows.push_back(judge_flow(app, *flow, false));
      }
    } else {
      for (const FlowSpec* flow : request_.flows) out.flows.push_back(judge_flow(app, *flow, is_wanted(*flow)));
    }
    return out;
  }

 private:
  // Whether all switches are on that are made for this flow: then the app's owner wants it.
  bool is_meant(const App& app, const std::vector<const Need*>& needs) const {
    bool any = false;
    for (const Need* need : needs) {
      if (need->level != Level::opens) continue;
      any = true;
      if (judge(*need, app, configuration_, case_of_).met != Met::yes) return false;
    }
    return any;
  }

  // Where there are several sites and none is asked for: the one that has most of what the flow needs of a site.
  std::string best_site(const App& app, const std::vector<const Need*>& needs) const {
    const auto& sites = configuration_.of_type("Network");
    if (sites.size() < 2) return {};
    std::string best;
    size_t best_lacks = SIZE_MAX;
    for (const Document* site : sites) {
      Circumstances here = case_of_;
      here.site = site->member;
      size_t lacks = 0;
      bool of_sites = false;
      for (const Need* need : needs) {
        if (!std::string_view(need->element).starts_with("Network.") || need->level == Level::any) continue;
        of_sites = true;
        if (!counts(need->when, here).value_or(false)) continue;
        const Met met = judge(*need, app, configuration_, here).met;
        lacks += met == Met::no ? 100 : met == Met::unknown ? 1 : 0;
      }
      if (!of_sites) return {};
      if (lacks >= best_lacks) continue;
      best_lacks = lacks;
      best = site->member;
    }
    return best;
  }

  FlowVerdict judge_flow(const App& app, const FlowSpec& flow, bool wanted) {
    if (!request_.circumstances.site.empty()) return judge_at_site(app, flow, wanted);
    case_of_.site = best_site(app, needs_of(flow));
    FlowVerdict out = judge_at_site(app, flow, wanted);
    out.site = std::move(case_of_.site);
    case_of_.site.clear();
    return out;
  }

  FlowVerdict judge_at_site(const App& app, const FlowSpec& flow, bool wanted) {
    FlowVerdict out;
    out.flow = &flow;
    const std::vector<const Need*> needs = needs_of(flow);
    const bool meant = wanted || is_meant(app, needs);
    // It is not wanted: that its switch is off says all.
    const bool closed = !meant && std::any_of(needs.begin(), needs.end(), [&](const Need* need) {
      return need->level == Level::opens && judge(*need, app, configuration_, case_of_).met == Met::no;
    });
    bool fails = false;
    bool lacks = false;
    for (const Need* need : needs) {
      if (need->level == Level::any || !counts(need->when, case_of_).value_or(false)) continue;
      const Verdict verdict = judge(*need, app, configuration_, case_of_);
      const bool is_hard = need->level != Level::should;
      if (verdict.met == Met::unknown && is_hard && !need->granted) {
        std::string name = verdict.value.name();
        if (name.empty()) name = need->element;
        if (name.empty()) name = wish_of(*need);
        if (std::find(out.not_in_files.begin(), out.not_in_files.end(), name) == out.not_in_files.end()) {
          out.not_in_files.push_back(std::move(name));
        }
      }
      // A switch that this kind of app has in Setup alone.
      if (verdict.met == Met::inapplicable && need->level == Level::opens) {
        out.not_in_files.push_back(join({need->setting->setup, " (Setup alone)"}));
      }
      if (verdict.met != Met::no) {
        fails = attach_rule(*need, out) || fails;
        continue;
      }
      (is_hard ? fails : lacks) = true;
      if (closed && need->level != Level::opens) continue;
      const Severity severity = !meant ? Severity::note : is_hard ? Severity::error : Severity::warning;
      out.findings.push_back(report(app, flow, *need, verdict, severity));
    }
    link_rules(app, flow, needs, out, fails, lacks);
    out.works = fails ? Works::does_not : !out.not_in_files.empty() ? Works::unknown : lacks ? Works::works_but : Works::works;
    return out;
  }

  // An error that a rule has found where the row itself is met: of two elements that belong together the other one.
  bool attach_rule(const Need& need, FlowVerdict& out) {
    if (*need.rule == '\0' || need.level == Level::should) return false;
    bool found = false;
    for (const size_t i : own_) {
      Finding& one = review_.findings[i];
      if (one.id != need.rule || one.setting != need.setting->id || one.severity != Severity::error) continue;
      if (!is_of_site(one)) continue;
      found = true;
      if (std::find(out.findings.begin(), out.findings.end(), i) == out.findings.end()) out.findings.push_back(i);
      if (!contains(one.flows, out.flow->name)) one.flows.emplace_back(out.flow->name);
    }
    return found;
  }

  // What is found in another site's file does not concern the one that is judged.
  bool is_of_site(const Finding& finding) const {
    if (case_of_.site.empty() || !finding.element.starts_with("Network.")) return true;
    return member_of_path(finding.file) == case_of_.site;
  }

  // A finding of that name at that place, if a rule or another flow has made it already.
  size_t report(const App& app, const FlowSpec& flow, const Need& need, const Verdict& verdict, Severity severity) {
    const std::string element = verdict.value.name();
    for (const size_t i : own_) {
      Finding& one = review_.findings[i];
      // A rule finds a pair of elements at either of them.
      const bool by_rule = *need.rule != '\0' && one.id == need.rule;
      // The same lack, for the same reason.
      // A value that the element cannot have needs no second finding.
      const bool by_value = !element.empty() && one.element == element && one.severity == Severity::error &&
                            (one.id == "wrong_choice" || one.id == "choice_of_other_kind" || one.id == "wrong_boolean");
      const bool by_need = one.id == need.setting->id && one.element == element && one.message.ends_with(need.doc);
      if ((!by_rule && !by_value && !by_need) || !is_of_site(one)) continue;
      one.severity = std::max(one.severity, severity);
      if (!contains(one.flows, flow.name)) one.flows.emplace_back(flow.name);
      return i;
    }
    own_.push_back(review_.findings.size());
    Finding& finding = review_.findings.emplace_back();
    finding.id = need.setting->id;
    finding.severity = severity;
    finding.flows.emplace_back(flow.name);
    finding.app = app.name;
    finding.element = element.empty() ? std::string(need.element) : element;
    finding.setting = need.setting->id;
    if (verdict.value.document != nullptr) {
      finding.file = verdict.value.document->path;
      finding.line = verdict.value.line;
    }
    finding.message = join({what_is(app, need, verdict.value, finding.element), " ", need.doc});
    finding.change = change_for(need, verdict.value);
    // Of what no setting of the org changes, no place in Setup.
    const bool is_of_client = need.wish == Wish::keeper || need.wish == Wish::client_app || need.wish == Wish::connected_app;
    finding.change += is_of_client ? "." : join({" (", setup_of(*need.setting, need.element), ")."});
    return review_.findings.size() - 1;
  }

  static std::string what_is(const App& app, const Need& need, const Value& value, const std::string& element) {
    if (need.wish == Wish::handler) return "No enabled handler that supports a type of token names the app.";
    if (need.wish == Wish::client_app) return "This is a connected app.";
    if (need.wish == Wish::connected_app) return "This is an external client app.";
    if (need.wish == Wish::keeper) return "The client is public.";
    if (need.wish == Wish::is || need.wish == Wish::is_not || need.wish == Wish::present) {
      return join({element, " is ", shown_in_file(value), "."});
    }
    std::string parts;
    for (const Value& one : app.all(need.element)) {
      if (!parts.empty()) parts += ", ";
      parts += shown(one.text);
    }
    return join({element, parts.empty() ? " is empty" : " has ", parts, "."});
  }

  // What the file itself says where `value` was translated.
  static std::string shown_in_file(const Value& value) {
    if (value.document == nullptr || value.element == nullptr || !value.known()) return shown(value);
    const Value written = Configuration::value_in(*value.document, value.path);
    return shown(written.known() ? written : value);
  }

  static std::string change_for(const Need& need, const Value& value) {
    switch (need.wish) {
      case Wish::is:
      case Wish::is_not: return join({"Set ", value.path, " to ", wish_in_file(need, value)});
      case Wish::present: return join({"Give ", value.path, " a value"});
      case Wish::handler: return "Enable one that names the app";
      case Wish::client_app: return "Use an external client app, or leave the flow out";
      case Wish::connected_app: return "Use a connected app, or leave the flow out";
      case Wish::keeper: return "Use a private client, on a server, or leave the flow out";
      default: return join({"Add ", wish_of(need)});
    }
  }

  static std::string wish_in_file(const Need& need, const Value& value) {
    const bool is_flag = value.element != nullptr && value.element->kind == ElementKind::boolean;
    if (is_flag && std::string_view(need.value) == "AdminApprovedPreAuthorized") return "true";
    return wish_of(need);
  }

  // Findings of rules at settings that the flow needs. An error is one whatever the flow makes of the rest: the file does not
  // deploy, or the value does not do.
  void link_rules(const App& app, const FlowSpec& flow, const std::vector<const Need*>& needs, FlowVerdict& out, bool& fails,
                  bool& lacks) {
    for (const size_t i : linked_) {
      Finding& finding = review_.findings[i];
      if (std::find(out.findings.begin(), out.findings.end(), i) != out.findings.end() || !is_of_site(finding)) continue;
      const bool needed = std::any_of(needs.begin(), needs.end(), [&](const Need* need) {
        if (finding.id == "recaptcha_without_key") return asks_recaptcha(app, *need);
        return finding.setting == need->setting->id && need->level != Level::any && counts(need->when, case_of_).value_or(false);
      });
      if (!needed) continue;
      // An element that is missing keeps the file from deploying; what its absence means for the flow, its own row judges.
      (finding.severity == Severity::error && finding.id != "missing_element" ? fails : lacks) = true;
      out.findings.push_back(i);
      if (!contains(finding.flows, flow.name)) finding.flows.emplace_back(flow.name);
    }
  }

  // A row about a switch that makes the site demand a reCAPTCHA token, where that is on.
  bool asks_recaptcha(const App& app, const Need& need) const {
    constexpr std::string_view kSwitches[] = {"isRecaptchaRequiredRgstr", "isRecaptchaRequiredPwdlessLogin",
                                              "isRecaptchaRequiredForgotPwd", "doesPasswordLoginRequireAuth"};
    const std::string_view element = need.element;
    if (need.level != Level::any ||
        std::none_of(std::begin(kSwitches), std::end(kSwitches), [&](std::string_view one) { return element.ends_with(one); }))
      return false;
    Need on = need;
    on.wish = Wish::is;
    on.value = "true";
    return judge(on, app, configuration_, case_of_).met == Met::yes;
  }

  const LintRequest& request_;
  const Configuration& configuration_;
  Review& review_;
  const size_t rule_findings_;  // those before the first verdict
  std::vector<std::string_view> judged_rules_;
  Circumstances case_of_;
  std::map<std::string, std::vector<size_t>, std::less<>> of_app_;  // findings of rules by app
  std::vector<size_t> own_;                                         // findings of the app
  std::vector<size_t> linked_;                                      // those of rules that may concern its flows
};

// By file and line, so that a person reads them in the order of the files; verdicts follow.
void sort_findings(Lint& out) {
  std::vector<size_t> order(out.findings.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const Finding& first = out.findings[a];
    const Finding& second = out.findings[b];
    if (first.file != second.file) return first.file < second.file;
    return first.line != second.line ? first.line < second.line : a < b;
  });
  std::vector<size_t> place(order.size());
  std::vector<Finding> sorted;
  sorted.reserve(order.size());
  for (size_t i = 0; i < order.size(); ++i) {
    place[order[i]] = i;
    sorted.push_back(std::move(out.findings[order[i]]));
  }
  out.findings = std::move(sorted);
  for (AppVerdict& app : out.apps) {
    for (FlowVerdict& flow : app.flows) {
      for (size_t& index : flow.findings) index = place[index];
      std::sort(flow.findings.begin(), flow.findings.end());
    }
  }
}

}  // namespace

std::string_view name_of(Works works) {
  switch (works) {
    case Works::works: return "works";
    case Works::works_but: return "works_but";
    case Works::does_not: return "does_not";
    case Works::unknown: break;
  }
  return "unknown";
}

namespace {

std::string joined_names(const std::vector<std::string>& names) {
  constexpr size_t kMost = 20;
  std::string out;
  for (size_t i = 0; i < names.size() && i < kMost; ++i) {
    if (i != 0) out += ", ";
    out += shown(names[i]);
  }
  return names.size() > kMost ? out + ", ..." : out;
}

// An app or a site that is asked for is among those that there are, if there are any.
Result<void> check_name(std::string_view member, const std::string& name, const std::vector<std::string>& known) {
  if (name.empty() || std::find(known.begin(), known.end(), name) != known.end()) return {};
  if (known.empty()) {
    if (member == "site") return {};
    return Error::argument(member, join({"is not among the files: there is no app ", shown(name)}));
  }
  return Error::argument(member, join({"is ", shown(name), ", which is not among the files. They have: ", joined_names(known)}));
}

// "ExtlClntAppGlobalOauthSettings", "Settings:OauthOidc": as the Salesforce CLI asks for it.
std::string retrievable(const TypeSpec& type) {
  return *type.member != '\0' ? join({manifest_name(type), ":", type.member}) : std::string(manifest_name(type));
}

// Why a wanted flow cannot be told: a file that decides is not there, as in a clone whose .gitignore names it.
void tell_missing_files(Review& review, const Configuration& configuration, const std::vector<const App*>& apps,
                        std::vector<AppVerdict>& verdicts) {
  for (size_t i = 0; i < apps.size(); ++i) {
    std::map<const TypeSpec*, size_t> told;
    for (FlowVerdict& flow : verdicts[i].flows) {
      if (flow.works != Works::unknown) continue;
      for (const std::string& name : flow.not_in_files) {
        const TypeSpec* type = find_type(std::string_view(name).substr(0, name.find('.')));
        if (type == nullptr || type->name == std::string_view("ConnectedApp")) continue;
        const bool is_of_app = find_element(*type, "externalClientApplication") != nullptr;
        if (is_of_app ? apps[i]->document(type->name) != nullptr : !configuration.of_type(type->name).empty()) continue;
        const auto [at, is_new] = told.try_emplace(type, review.findings.size());
        if (is_new) {
          Finding& finding = review.add_missing(*apps[i], *type);
          finding.change =
              join({"Retrieve it: sf project retrieve start --metadata ", retrievable(*type),
                    std::string_view(type->name) == "ExtlClntAppGlobalOauthSettings"
                        ? ". It has the app's key and secret, so that .gitignore names it: a CI job must retrieve it."
                        : "."});
        }
        Finding& finding = review.findings[at->second];
        if (!contains(finding.flows, flow.flow->name)) finding.flows.emplace_back(flow.flow->name);
        if (std::find(flow.findings.begin(), flow.findings.end(), at->second) == flow.findings.end())
          flow.findings.push_back(at->second);
      }
    }
  }
}

int rank(Works works) {
  switch (works) {
    case Works::works: return 3;
    case Works::works_but: return 2;
    case Works::unknown: return 1;
    case Works::does_not: break;
  }
  return 0;
}

// What a wanted flow comes to with the app that suits it best; does_not where there is none.
Works best_of(const std::vector<AppVerdict>& apps, const FlowSpec& flow) {
  Works best = Works::does_not;
  for (const AppVerdict& app : apps) {
    for (const FlowVerdict& one : app.flows) {
      if (one.flow == &flow && rank(one.works) > rank(best)) best = one.works;
    }
  }
  return best;
}

Works verdict_of(const AppVerdict& app, const FlowSpec& flow) {
  const auto found = std::find_if(app.flows.begin(), app.flows.end(), [&](const FlowVerdict& one) { return one.flow == &flow; });
  return found == app.flows.end() ? Works::does_not : found->works;
}

std::vector<AppVerdict> judge_all(const LintRequest& request, const Configuration& configuration, Review& review,
                                  const std::vector<const App*>& apps) {
  std::vector<AppVerdict> out;
  if (request.flows.empty() || apps.size() < 2) {
    Judge judge(request, configuration, review);
    for (const App* app : apps) out.push_back(judge.judge_app(*app));
    return out;
  }
  // A flow is some app's: of the others it is not wanted.
  std::vector<AppVerdict> first;
  {
    Review trial = review;
    Judge judge(request, configuration, trial);
    for (const App* app : apps) first.push_back(judge.judge_app(*app));
  }
  Judge judge(request, configuration, review);
  for (size_t i = 0; i < apps.size(); ++i) {
    out.push_back(judge.judge_app(*apps[i], [&](const FlowSpec& flow) {
      return best_of(first, flow) == Works::does_not || verdict_of(first[i], flow) != Works::does_not;
    }));
  }
  return out;
}

}  // namespace

Result<Lint> lint(const LintRequest& request) {
  const Configuration configuration = Configuration::read(request.files);
  std::vector<std::string> names;
  std::vector<const App*> apps;
  for (const App& app : configuration.apps()) {
    names.push_back(app.name);
    if (request.app.empty() || request.app == app.name) apps.push_back(&app);
  }
  if (auto good = check_name("app", request.app, names); !good) return std::move(good).error();
  std::vector<std::string> sites;
  for (const Document* site : configuration.of_type("Network")) sites.push_back(site->member);
  if (auto good = check_name("site", request.circumstances.site, sites); !good) return std::move(good).error();
  Lint out;
  out.files_read = configuration.files_read();
  out.unknown_files = configuration.unknown_files();
  out.api_version = request.api_version != 0 ? request.api_version : configuration.api_version();
  Review review(configuration, request.circumstances, out.api_version, request.api_version != 0);
  check_files(review);
  check_elements(review);
  check_values(review);
  check_apps(review);
  check_sites(review);
  check_credentials(review);
  review.tell_what_is_left_out();
  if (!request.app.empty()) {
    std::erase_if(review.findings, [&](const Finding& one) { return !one.app.empty() && one.app != request.app; });
  }
  out.apps = judge_all(request, configuration, review, apps);
  if (!request.flows.empty()) tell_missing_files(review, configuration, apps, out.apps);
  out.ok = std::none_of(review.findings.begin(), review.findings.end(),
                        [](const Finding& one) { return one.severity == Severity::error; });
  for (const FlowSpec* flow : request.flows) {
    const Works best = best_of(out.apps, *flow);
    out.ok = out.ok && best != Works::does_not && !(request.strict && best == Works::unknown);
  }
  out.findings = std::move(review.findings);
  sort_findings(out);
  return out;
}

}  // namespace hlid::org
