package io.headlessid;

import io.headlessid.internal.JsonText;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The members of a result's JSON and the kind of each. Each generated class builds one. */
final class ResultShape {
    private enum Kind { TEXT, INTEGER, FLAG }

    private static final class Member {
        private final Kind kind;
        private final boolean always;
        private final List<String> words;

        /** @param words what the text may be; empty: anything */
        Member(Kind kind, boolean always, List<String> words) {
            this.kind = kind;
            this.always = always;
            this.words = words;
        }

        boolean fits(Object value) {
            if (kind == Kind.INTEGER) {
                return value instanceof Long;
            }
            if (kind == Kind.FLAG) {
                return value instanceof Boolean;
            }
            return value instanceof String && (words.isEmpty() || words.contains(value));
        }
    }

    private final String name;
    private final Map<String, Member> members = new LinkedHashMap<>();
    private List<String> foreign = Collections.emptyList();

    ResultShape(String name) {
        this.name = name;
    }

    ResultShape text(String member, boolean always, String... words) {
        return add(member, Kind.TEXT, always, words);
    }

    ResultShape integer(String member, boolean always) {
        return add(member, Kind.INTEGER, always);
    }

    ResultShape flag(String member, boolean always) {
        return add(member, Kind.FLAG, always);
    }

    /** Members by which the JSON is that of another class. */
    ResultShape without(String... names) {
        foreign = Arrays.asList(names);
        return this;
    }

    private ResultShape add(String member, Kind kind, boolean always, String... words) {
        members.put(member, new Member(kind, always, Arrays.asList(words)));
        return this;
    }

    String write(FlowResult result) {
        Map<String, Object> object = new LinkedHashMap<>();
        for (Map.Entry<String, Member> member : members.entrySet()) {
            String text = result.get(member.getKey());
            if (text != null) {
                object.put(member.getKey(), valueOf(member.getValue(), text));
            }
        }
        return JsonText.write(object).toString();
    }

    private static Object valueOf(Member member, String text) {
        if (member.kind == Kind.INTEGER) {
            return Long.valueOf(text);
        }
        return member.kind == Kind.FLAG ? Boolean.valueOf(text) : text;
    }

    /** @throws HeadlessIdException ARGUMENT; its message never quotes a value, which may be a token */
    FlowResult read(CharSequence json) {
        Map<String, Object> object = json == null ? null : JsonText.readObject(json.toString());
        if (object == null) {
            throw HeadlessIdException.argument("json", "is not a JSON object that " + name + ".toJson could have written");
        }
        for (String member : foreign) {
            if (object.get(member) != null) {
                throw HeadlessIdException.argument(member, "is not a member of the JSON of a " + name);
            }
        }
        Map<String, String> fields = new LinkedHashMap<>();
        for (Map.Entry<String, Member> member : members.entrySet()) {
            Object value = object.get(member.getKey());
            if (value == null) {
                if (member.getValue().always) {
                    throw HeadlessIdException.argument(member.getKey(), "is missing in the JSON of a " + name);
                }
            } else if (!member.getValue().fits(value)) {
                throw HeadlessIdException.argument(member.getKey(), "has the wrong type or value in the JSON of a " + name);
            } else {
                fields.put(member.getKey(), value.toString());
            }
        }
        return new FlowResult(fields);
    }
}
