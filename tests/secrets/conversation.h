// Whole conversations in which every secret is marked, through the C interface, with a server that says back what it
// was told. Nothing of it is kept plain here.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "headlessid/headlessid.h"
#include "marks.h"
#include "uses.h"

namespace secrets {

// How the server, or the way to it, answers one request.
enum class How {
  good,
  wrong_value,   // what a person gave was wrong, in the words of this request's endpoint, with the mark
  refused,       // 400 with the mark in error and error_description
  unauthorized,  // 401, the same
  rest_error,    // 403 with the mark in errorCode and message
  other_status,  // 200 with the mark in status, status_code and message
  server_error,  // 503 with the mark in a plain text
  html,          // a login page that holds the mark
  elsewhere,     // a redirect to another host, the mark in host, path and query
  sent_back,     // a redirect to the callback with an error that holds the mark
  wrong_state,   // a code, and the mark as its state
  cut_json,      // a body that ends in the middle of the mark
  both,          // a token and an error
  bad_value,     // the mark with a space where a token, an identifier, a code, an address is
  other_type,    // a token of a type that is named like the mark
  many_headers,  // more headers than are taken, each with the mark
  odd_header,    // the mark in Content-Type and Content-Encoding
  no_response,   // the host's words hold the mark
};
inline constexpr How kAllHows[] = {How::good,         How::wrong_value,  How::refused,    How::unauthorized, How::rest_error,
                                   How::other_status, How::server_error, How::html,       How::elsewhere,    How::sent_back,
                                   How::wrong_state,  How::cut_json,     How::both,       How::bad_value,    How::other_type,
                                   How::many_headers, How::odd_header,   How::no_response};

// What becomes of a flow that waits.
enum class Waiting {
  goes_on,
  resends,  // once: the message is sent again
  sealed,   // at each question, and goes on itself
  travels,  // at each question, and what was opened from the ticket goes on
};

struct Story {
  std::string use = "login";
  Values settings{};            // beside the use's own; none of them secret
  std::vector<How> answers{};   // by request; good from there on
  std::string echo{};           // the mark that the server says back; empty: none
  bool percent_echo = false;    // percent-encoded
  size_t cancel_at = SIZE_MAX;  // before the request of this number is answered
  size_t leave_at = SIZE_MAX;   // the run ends at the question of this number
  Waiting waiting = Waiting::goes_on;
};

class Conversation {
 public:
  explicit Conversation(Story story);
  ~Conversation() { free_all(); }
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  // Until DONE or FAILED, or the question at which it is left.
  hlid_step run();
  [[nodiscard]] hlid_app* app() const { return app_; }
  [[nodiscard]] hlid_flow* flow() const { return flow_; }
  [[nodiscard]] int64_t now() const { return now_; }
  void free_flow();
  void free_all();

  [[nodiscard]] const Masked& mark(const std::string& name) const { return marks_.at(name); }
  [[nodiscard]] std::vector<std::string> names_of_marks() const;
  // Every secret that was given, received or made up on the way, in every form.
  [[nodiscard]] std::vector<Form> forms() const;
  // The same without what belongs to the app and stays with it.
  [[nodiscard]] std::vector<Form> forms_of_flow() const;
  [[nodiscard]] std::vector<Form> forms(const std::vector<std::string>& names) const;
  // Everything that the library said for people and logs.
  [[nodiscard]] std::string texts();
  [[nodiscard]] size_t questions() const { return questions_; }
  // Tickets, as they were sealed one after the other.
  [[nodiscard]] const std::vector<std::string>& tickets() const { return tickets_; }
  // Name and text of every request, if they were asked to be kept.
  bool keep_requests = false;
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& requests() const { return requests_; }

 private:
  // conversation.cc: the host.
  void make_marks();
  void make_app();
  [[nodiscard]] std::string_view site() const;
  void set_parameters();
  void set(const std::string& name, const Masked& value);
  void set_again();
  Masked value_of(const std::string& text) const;
  void note_error(hlid_error* error);
  void note_flow();
  void capture(std::string_view text, std::string_view before, const char* mark);
  void replace(const std::string& name, Masked value);
  void keep_nonce(std::string_view url);
  void send(size_t number);
  void answer_question(hlid_step step);
  void give_callback();
  void seal();

  // answers.cc: the server.
  const Masked& fresh(const std::string& name);
  void response(std::string_view request, How how);
  void give_good(std::string_view request);
  void give_wrong_value(std::string_view request);
  void give_bad_value(std::string_view request);
  void give(int32_t status, std::initializer_list<std::pair<const char*, const Plain*>> headers, const Plain& body);
  void give_json(int32_t status, const Plain& body);
  void append_echo(Plain& out, bool in_json) const;
  [[nodiscard]] Masked encoded_echo() const;
  void append_code(Plain& out);

  Story story_;
  const Use& use_;
  std::map<std::string, Masked> marks_;
  std::vector<Form> key_parts_;
  hlid_app* app_ = nullptr;
  hlid_flow* flow_ = nullptr;
  int64_t now_ = 1'767'225'600'000;
  Masked echo_;
  Masked nonce_;
  size_t questions_ = 0;
  bool resent_ = false;
  bool policy_ = false;  // what was said last to be wrong at a reset: the new password
  std::string said_;
  std::vector<std::string> tickets_;
  std::vector<std::pair<std::string, std::string>> requests_;
};

// What a use comes to when all goes well, found by letting it run once.
struct Course {
  size_t requests = 0;
  size_t questions = 0;
  // By request: the marks that the server has been told with it, or before. More it cannot say back.
  std::vector<std::vector<std::string>> told;
  // Those of them that percent-encoding changes.
  std::set<std::string> encodable;
};
const Course& course_of(const std::string& use);

// Of these marks one that a person gave, or that the flow made or was given since: what is single-use does not travel,
// so that a flow out of a ticket does not know it again.
std::string told_value(const std::vector<std::string>& told);

void must(bool good);  // else the test itself is wrong

std::string told(const std::vector<std::string>& found);

// What a hybrid app gets beside its tokens: member and mark, and the names that are no secret.
inline constexpr std::pair<std::string_view, std::string_view> kHybridSecrets[] = {
    {"cookie-sid_Client", "sid_client"}, {"cookie-clientSrc", "client_src"},     {"content_sid", "content_sid"},
    {"lightning_sid", "lightning_sid"},  {"visualforce_sid", "visualforce_sid"}, {"csrf_token", "csrf_token"},
    {"parent_sid", "parent_sid"},
};
inline constexpr std::pair<std::string_view, std::string_view> kHybridNames[] = {
    {"sidCookieName", "sid"},
    {"content_domain", "acme.file.force.com"},
    {"lightning_domain", "acme.lightning.force.com"},
    {"visualforce_domain", "acme--c.vf.force.com"},
};

inline std::string_view text(hlid_view view) {
  return view.data == nullptr ? std::string_view() : std::string_view(view.data, view.size);
}
inline hlid_view view_of(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace secrets
