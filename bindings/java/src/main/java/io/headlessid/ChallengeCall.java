package io.headlessid;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One call on a challenge: what it was given, as bytes that are wiped at its end, and what it does with that. */
abstract class ChallengeCall implements StepHandler {
    private final SignStep signStep;
    private final Map<String, byte[]> given = new LinkedHashMap<>();

    ChallengeCall(SignStep signStep, Values values) {
        this.signStep = signStep;
        byte[][] names = values.names();
        byte[][] bytes = values.bytes();
        for (int i = 0; i < names.length; i++) {
            given.put(Utf8.decode(names[i]), bytes[i]);
        }
    }

    /** The call's first act, at the step where the flow is parked; what it throws leaves the challenge as it was. */
    abstract void begin(Flow flow, Step parked);

    /** What is wrong with the step that the call has led to, where that is a question; null: nothing. */
    abstract HeadlessIdException wrongWith(Step question);

    @Override
    public boolean has(Step step) {
        return signStep.has(step);
    }

    @Override
    public void give(Flow flow, Step step) {
        signStep.give(flow, step);
    }

    byte[] valueOf(String name) {
        return given.get(name);
    }

    /** Everything that is no answer is a parameter: a new reCAPTCHA token, what a ticket had no room for. */
    void setParameters(Flow flow, List<String> answers) {
        for (Map.Entry<String, byte[]> one : given.entrySet()) {
            if (!answers.contains(one.getKey())) {
                flow.set(one.getKey(), one.getValue());
            }
        }
    }

    void wipe() {
        given.values().forEach(Utf8::wipe);
        given.clear();
    }

    static String askedIn(Step step) {
        if (step instanceof Step.Ask) {
            return ((Step.Ask) step).getName();
        }
        return step instanceof Step.Show ? ((Step.Show) step).getName() : null;
    }

    static HeadlessIdException problemIn(Step step) {
        return step instanceof Step.Ask ? ((Step.Ask) step).getProblem() : null;
    }

    /** Gives each answer as often as the flow asks for it anew, but never again what was just found wrong. */
    static final class Verify extends ChallengeCall {
        private final List<String> asks;
        private final Set<String> used = new HashSet<>();

        /** @param asks the names that the flow may ask for */
        Verify(SignStep signStep, Values values, List<String> asks) {
            super(signStep, values);
            this.asks = asks;
        }

        @Override
        void begin(Flow flow, Step parked) {
            if (!answers(parked)) {
                throw missing(parked);
            }
            setParameters(flow, asks);
            answer(flow, parked);
        }

        @Override
        public boolean has(Step step) {
            return answers(step) || super.has(step);
        }

        @Override
        public void give(Flow flow, Step step) {
            if (answers(step)) {
                answer(flow, step);
            } else {
                super.give(flow, step);
            }
        }

        private boolean answers(Step step) {
            String asked = askedIn(step);
            return asked != null && valueOf(asked) != null && (problemIn(step) == null || !used.contains(asked));
        }

        private void answer(Flow flow, Step step) {
            String asked = askedIn(step);
            flow.giveValue(asked, valueOf(asked));
            used.add(asked);
        }

        @Override
        HeadlessIdException wrongWith(Step question) {
            HeadlessIdException problem = problemIn(question);
            // A value that is given clears the problem before it, so this one is about what was given here.
            return problem != null && !used.isEmpty() ? problem.here() : missing(question);
        }

        private static HeadlessIdException missing(Step question) {
            String asked = askedIn(question);
            return asked == null ? HeadlessIdException.state("wrong_step", "the flow waits for no value")
                    : HeadlessIdException.argument(asked, "is what is asked for now, and was not given");
        }
    }

    /** Has the message sent anew. */
    static final class Resend extends ChallengeCall {
        private static final List<String> NO_ANSWERS = java.util.Collections.emptyList();

        Resend(SignStep signStep, Values values) {
            super(signStep, values);
        }

        @Override
        void begin(Flow flow, Step parked) {
            setParameters(flow, NO_ANSWERS);
            flow.resend();
        }

        @Override
        HeadlessIdException wrongWith(Step question) {
            HeadlessIdException problem = problemIn(question);
            return problem == null ? null : problem.here();
        }
    }
}
