package shop;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.TreeMap;

/** What outlives the process: texts by name, converted to bytes as in an Android Bundle. No object survives. */
final class Bundle {
    private final Map<String, String> texts = new TreeMap<>();

    void putString(String name, String text) {
        texts.put(name, text);
    }

    /** Null if there is none. */
    String getString(String name) {
        return texts.get(name);
    }

    byte[] toParcel() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(texts.size());
            for (Map.Entry<String, String> one : texts.entrySet()) {
                out.writeUTF(one.getKey());
                out.writeUTF(one.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static Bundle fromParcel(byte[] parcel) {
        Bundle bundle = new Bundle();
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(parcel))) {
            for (int left = in.readInt(); left > 0; left--) {
                String name = in.readUTF();
                bundle.putString(name, in.readUTF());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bundle;
    }
}
