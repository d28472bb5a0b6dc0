// OpenAPI v3 by com.alipay.sdk:alipay-sdk-java-v3: its signing and verifying class, without the network around it.

import com.alipay.v3.util.AlipayConfigUtil;
import com.alipay.v3.util.AntCertificationUtil;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

final class V3 {
    static JsonArray exchanges() throws Exception {
        JsonArray answers = new JsonArray();
        for (var element : Peer.given.getAsJsonArray("v3")) {
            answers.add(exchange(element.getAsJsonObject()));
        }
        return answers;
    }

    private static JsonObject exchange(JsonObject one) throws Exception {
        boolean encrypted = one.get("encrypted").getAsBoolean();
        AlipayConfigUtil merchant = merchant(one.get("certificates").getAsBoolean(), encrypted);
        JsonObject request = one.getAsJsonObject("request");
        Map<String, String> headers = new TreeMap<>();
        if (!Peer.text(one, "appAuthToken").isEmpty()) {
            headers.put("alipay-app-auth-token", Peer.text(one, "appAuthToken"));
        }
        String body = Peer.text(one, "body");
        if (encrypted) {
            body = merchant.encrypt(body, headers);
        }
        merchant.sign(Peer.text(one, "method"), Peer.text(request, "path"), body, headers);
        JsonObject theirs = new JsonObject();
        theirs.add("method", one.get("method"));
        theirs.add("path", request.get("path"));
        theirs.addProperty("body", body);
        JsonObject sent = new JsonObject();
        headers.forEach(sent::addProperty);
        theirs.add("headers", sent);
        JsonObject answer = new JsonObject();
        answer.add("id", one.get("id"));
        answer.addProperty("ours", verifies(merchant, request));
        answer.add("theirs", theirs);
        answer.add("means", meaning(merchant, one, encrypted));
        return answer;
    }

    private static AlipayConfigUtil merchant(boolean certificates, boolean encrypted) throws Exception {
        AlipayConfigUtil merchant = new AlipayConfigUtil();
        merchant.setAppId(Peer.text(Peer.given, "appId"));
        merchant.setPrivateKey(Peer.text(Peer.given, "privateKey"));
        if (encrypted) {
            merchant.setEncryptKey(Peer.text(Peer.given, "encryptKey"));
        }
        if (certificates) {
            JsonObject chain = Peer.given.getAsJsonObject("chain");
            merchant.setAppCertSN(sn(Peer.text(chain, "app")));
            merchant.setRootCertSN(AntCertificationUtil.getRootCertSN(Peer.text(chain, "roots")));
            ConcurrentHashMap<String, String> keys = new ConcurrentHashMap<>();
            keys.put(sn(Peer.text(chain, "alipay")), Peer.publicKeyOf(Peer.text(chain, "alipay")));
            merchant.setCachedAlipayPublicKey(keys);
        } else {
            merchant.setAlipayPublicKey(Peer.text(Peer.given, "alipayPublicKey"));
        }
        return merchant;
    }

    private static String sn(String pem) throws Exception {
        return AntCertificationUtil.getCertSN(pem);
    }

    // The class verifies no requests: the same words as its `sign` writes, with its verifier.
    private static boolean verifies(AlipayConfigUtil merchant, JsonObject request) throws Exception {
        JsonObject headers = request.getAsJsonObject("headers");
        String[] authorization = Peer.text(headers, "authorization").substring("ALIPAY-SHA256withRSA ".length()).split(",sign=");
        String token = headers.has("alipay-app-auth-token") ? Peer.text(headers, "alipay-app-auth-token") + "\n" : "";
        String content = authorization[0] + "\n" + Peer.text(request, "method") + "\n" + Peer.text(request, "path") + "\n" + Peer.text(request, "body") + "\n" + token;
        return merchant.generateVerify(content, authorization[1], Peer.text(Peer.given, "publicKey"));
    }

    private static JsonElement meaning(AlipayConfigUtil merchant, JsonObject one, boolean encrypted) throws Exception {
        JsonObject headers = one.getAsJsonObject("headers");
        String body = Peer.text(one, "answer");
        String sn = headers.has("alipay-sn") ? Peer.text(headers, "alipay-sn") : null;
        boolean verified = merchant.verify(body, Peer.text(headers, "alipay-signature"), sn, Peer.text(headers, "alipay-timestamp"), Peer.text(headers, "alipay-nonce"));
        if (!verified) {
            return new JsonPrimitive("refused");
        }
        JsonObject means = new JsonObject();
        if (one.get("status").getAsInt() >= 400) {
            means.add("error", JsonParser.parseString(body).getAsJsonObject().get("code"));
        } else {
            means.add("data", JsonParser.parseString(encrypted ? merchant.decrypt(body) : body));
        }
        return means;
    }
}
