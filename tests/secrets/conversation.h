// Whole conversations in which every secret is marked, through the C interface, with a server that says back what it
// was told. Nothing of it is kept plain here.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "headlessid/headlessid.h"
#include "marks.h"

namespace secrets {

// How the server, or the way to it, answers one request.
enum class How {
  good,
  refused,        // 400 with the mark in error and error_description
  unauthorized,   // 401, the same
  server_error,   // 503 with the mark in a plain text
  html,           // a login page that holds the mark
  elsewhere,      // a redirect to another host, the mark in host, path and query
  sent_back,      // a redirect to the callback with an error that holds the mark
  wrong_state,    // a code, and the mark as its state
  cut_json,       // a body that ends in the middle of the mark
  both,           // a token and an error
  bad_token,      // the mark with a space as the token
  other_type,     // a token of a type that is named like the mark
  many_headers,   // more headers than are taken, each with the mark
  odd_header,     // the mark in Content-Type and Content-Encoding
  no_answer,      // the host's words hold the mark
};
inline constexpr How kAllHows[] = {How::good, How::refused, How::unauthorized, How::server_error, How::html, How::elsewhere,
                                   How::sent_back, How::wrong_state, How::cut_json, How::both, How::bad_token, How::other_type,
                                   How::many_headers, How::odd_header, How::no_answer};

struct Story {
  std::string flow = "login";
  std::vector<std::pair<std::string, std::string>> settings{};  // beside the usual ones; none of them secret
  bool private_client = true;
  std::vector<How> answers{};   // by request; good from there on
  std::string echo{};             // the mark that the server says back; empty: the flow's main one
  bool percent_echo = false;      // percent-encoded
  size_t cancel_at = SIZE_MAX;    // before the request of this number is answered
};

// The marks that a server has been told with the request of this number, or before: more it cannot say back.
std::vector<std::string> told_to_server(const std::string& flow, size_t request);

class Conversation {
 public:
  explicit Conversation(Story story);
  ~Conversation() { free_all(); }
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  // Until DONE or FAILED.
  hlid_step run();
  [[nodiscard]] const hlid_flow* flow() const { return flow_; }
  void free_flow();
  void free_all();

  [[nodiscard]] const Masked& mark(const std::string& name) const { return marks_.at(name); }
  // Every secret that was given, received or made up on the way, in every form.
  [[nodiscard]] std::vector<Form> forms() const;
  [[nodiscard]] std::vector<Form> forms(const std::vector<std::string>& names) const;
  // Everything that the library said for people and logs.
  [[nodiscard]] std::string texts() const;
  // Name and text of every request, if they were asked to be kept.
  bool keep_requests = false;
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& requests() const { return requests_; }

 private:
  void make_marks();
  void set_parameters();
  void set_parameter(const char* name, const Masked& value);
  void capture(const char* field, const char* mark);
  void answer(std::string_view request, How how);
  void give_good(std::string_view request);
  void give(int32_t status, std::initializer_list<std::pair<const char*, const Plain*>> headers, const Plain& body);
  void append_echo(Plain& out, bool in_json) const;

  Story story_;
  std::map<std::string, Masked> marks_;
  hlid_app* app_ = nullptr;
  hlid_flow* flow_ = nullptr;
  int64_t now_ = 1'767'225'600'000;
  std::vector<std::pair<std::string, std::string>> requests_;
};

inline std::string_view text(hlid_view view) { return view.data == nullptr ? std::string_view() : std::string_view(view.data, view.size); }

}  // namespace secrets
