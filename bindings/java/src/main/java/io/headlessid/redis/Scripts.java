package io.headlessid.redis;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * What both Redis stores say to the server, the same as in every language: a session is a hash {@code version}, {@code value}, a
 * lock is the text of its owner. Each script touches one key, so that a cluster runs it, too.
 */
enum Scripts {
    SAVE("local version = redis.call('HGET', KEYS[1], 'version')\n"
            + "if ARGV[1] == '' then if version then return 0 end elseif version ~= ARGV[1] then return 0 end\n"
            + "redis.call('HSET', KEYS[1], 'version', ARGV[2], 'value', ARGV[3])\n"
            + "redis.call('PEXPIRE', KEYS[1], ARGV[4])\n"
            + "return 1"),
    DELETE("if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end\n"
            + "return redis.call('DEL', KEYS[1])"),
    LOCK("local owner = redis.call('GET', KEYS[1])\n"
            + "if owner and owner ~= ARGV[1] then return 0 end\n"
            + "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])\n"
            + "return 1"),
    UNLOCK("if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end\n"
            + "return redis.call('DEL', KEYS[1])");

    static final String DEFAULT_PREFIX = "headlessid:";
    static final byte[] VERSION = bytes("version");
    static final byte[] VALUE = bytes("value");

    final String text;
    final String digest;

    Scripts(String text) {
        this.text = text;
        this.digest = sha1(text);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** The prefix, "session:" or "lock:", and the key's own bytes. */
    static byte[] keyOf(byte[] prefix, String kind, byte[] key) {
        byte[] middle = bytes(kind);
        byte[] all = new byte[prefix.length + middle.length + key.length];
        System.arraycopy(prefix, 0, all, 0, prefix.length);
        System.arraycopy(middle, 0, all, prefix.length, middle.length);
        System.arraycopy(key, 0, all, prefix.length + middle.length, key.length);
        return all;
    }

    private static String sha1(String text) {
        try {
            StringBuilder hex = new StringBuilder();
            for (byte one : MessageDigest.getInstance("SHA-1").digest(bytes(text))) {
                hex.append(Character.forDigit(one >> 4 & 0xF, 16)).append(Character.forDigit(one & 0xF, 16));
            }
            return hex.toString();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
