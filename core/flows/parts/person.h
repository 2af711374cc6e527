// What the flows share that sign a person in: who is meant, what they type, and which errors are theirs.
#pragma once

#include "codec/form.h"
#include "codec/json_write.h"
#include "engine/context.h"

namespace hlid {

inline constexpr SlotSpec kPassword{"password"};
inline constexpr SlotSpec kOtp{"otp", InTicket::always};

// The user: a username, or a hint for the site's user discovery.
Result<void> check_who(const Context& flow);
void add_who(const Context& flow, FormWriter& form);
void add_who(const Context& flow, JsonBody& body);

// The data of a registration.
void add_new_user(const Context& flow, JsonBody& body);

// reCAPTCHA, of either kind.
void add_recaptcha(const Context& flow, FormWriter& form);
void add_recaptcha(const Context& flow, JsonBody& body);
bool has_recaptcha(const Context& flow);

// Whether an error at a question is the person's to fix, so that the flow returns to it.
bool is_for_person(const Error& error);
// What was wrong with the last value; the person is asked again.
void ask_again(Context& flow, Error problem);

}  // namespace hlid
