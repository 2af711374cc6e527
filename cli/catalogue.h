// catalogue.h: what the library can do, read from it at run time. Nothing here knows a flow or a setting by name,
// so that a new one needs no line in this program.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hlid_cli {

// A setting of an app, or a parameter of a flow.
struct Field {
  std::string name;
  std::string kind;  // text, url, list, integer, flag, json
  std::string doc;
  std::string fallback;  // what counts without it, for people
  std::string from_guest;
  std::vector<std::string> choices;
  std::vector<std::string> excludes;
  bool secret = false;
  bool required = false;
  int64_t max_bytes = 0;
  int64_t min = 0;
  int64_t max = 0;
};

struct Request {
  std::string name;
  std::string method;
  std::string path;
  bool retry_safe = false;
};

struct OrgSetting {
  std::string setup;
  std::string metadata;
};

struct Question {
  std::string name;
  std::string doc;
  bool secret = false;
  bool from_message = false;  // a code that has been sent: good once, and shown while it is typed
  bool chosen = false;        // the person makes it up
};

struct FlowInfo {
  std::string name;
  std::string summary;
  std::string description;
  std::string result;
  std::string source;
  std::string status;              // current, discouraged, experimental
  std::vector<std::string> hosts;  // the kinds that `site` may name: site, my_domain, login
  std::string standing;            // for people: why it is not current, and when Salesforce retires it
  bool accepts_guest = false;
  bool resends = false;       // its message can be sent again
  bool sends_secret = false;  // a client_secret, where the app has one
  std::vector<Field> parameters;
  std::vector<Request> requests;
  std::vector<Question> asks;
  std::vector<OrgSetting> org_settings;
  // Of a command of ours that does not run one flow: the events of --json, and what its exit statuses mean, where they differ
  // from a flow's.
  std::string events;
  std::string statuses;
};

struct ResultField {
  std::string name;
  std::string kind;
  std::string doc;
  bool secret = false;
  bool always = false;  // in every result of its kind
  std::vector<std::string> choices;
};

struct ResultInfo {
  std::string name;
  std::string doc;
  std::vector<ResultField> fields;
};

struct Catalogue {
  std::string version;
  std::vector<Field> settings;
  std::vector<FlowInfo> flows;
  std::vector<ResultInfo> results;

  // By the name as people write it, with hyphens or underscores; nullptr where there is none.
  const FlowInfo* find_flow(std::string_view name) const;
  const ResultInfo* find_result(std::string_view name) const;
};

// Throws std::runtime_error where the library's catalogue is not what this program can read.
Catalogue read_catalogue();

const Field* find_field(const std::vector<Field>& fields, std::string_view name);

}  // namespace hlid_cli
