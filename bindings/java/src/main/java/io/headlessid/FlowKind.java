package io.headlessid;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import org.jetbrains.annotations.NotNull;

/**
 * A flow by its name, with the class of its result; {@link FlowKinds} lists them all.
 *
 * @param <R> the class of the result
 */
public final class FlowKind<R> {
    private final String name;
    private final Class<R> resultClass;
    private final Function<FlowResult, R> reader;
    private final List<String> asks;

    FlowKind(String name, Class<R> resultClass, Function<FlowResult, R> reader, String... asks) {
        this.name = name;
        this.resultClass = resultClass;
        this.reader = reader;
        this.asks = Collections.unmodifiableList(Arrays.asList(asks));
    }

    /** The flow's name in the catalogue. */
    public @NotNull String getName() {
        return name;
    }

    /** The class of the flow's result. */
    public @NotNull Class<R> getResultClass() {
        return resultClass;
    }

    /** The names of the values that the flow may ask a person for, in its order. */
    List<String> getAsks() {
        return asks;
    }

    String getFirstAsk() {
        return asks.isEmpty() ? null : asks.get(0);
    }

    R read(FlowResult result) {
        return reader.apply(result);
    }

    /** The name. */
    @Override
    public String toString() {
        return name;
    }
}
