import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import javax.xml.XMLConstants;
import javax.xml.crypto.dom.DOMStructure;
import javax.xml.crypto.dsig.CanonicalizationMethod;
import javax.xml.crypto.dsig.DigestMethod;
import javax.xml.crypto.dsig.Reference;
import javax.xml.crypto.dsig.SignedInfo;
import javax.xml.crypto.dsig.Transform;
import javax.xml.crypto.dsig.XMLObject;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMSignContext;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.crypto.dsig.keyinfo.KeyInfo;
import javax.xml.crypto.dsig.keyinfo.KeyInfoFactory;
import javax.xml.crypto.dsig.spec.C14NMethodParameterSpec;
import javax.xml.crypto.dsig.spec.TransformParameterSpec;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/**
 * XML signatures by the JDK alone: a second opinion for the tests, and the recipe of the README.
 *
 * <p>java Oracle.java verify &lt; lines of file, tab, certificate file. Answers a line for each:
 * VALID, INVALID or ERROR and a reason.
 *
 * <p>java Oracle.java sign draft.xml key.pk8 certificate.der algorithm-uri 2026-11-22T10:00:00Z out.xml
 */
public final class Oracle {
    private static final String DS = XMLSignature.XMLNS;
    private static final String XADES = "http://uri.etsi.org/01903/v1.3.2#";
    private static final String SIGNED_PROPERTIES = "http://uri.etsi.org/01903#SignedProperties";

    private Oracle() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("sign")) {
            sign(arguments);
            return;
        }
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] parts = line.split("\t");
            System.out.println(parts[0] + "\t" + judge(Path.of(parts[0]), Path.of(parts[1])));
        }
    }

    private static String judge(Path file, Path certificate) {
        try {
            Document document = read(file);
            NodeList found = document.getElementsByTagNameNS(DS, "Signature");
            if (found.getLength() != 1) {
                return "ERROR\texpected one signature, found " + found.getLength();
            }
            register(document.getDocumentElement());
            DOMValidateContext context =
                    new DOMValidateContext(certificate(certificate).getPublicKey(), found.item(0));
            context.setProperty("org.jcp.xml.dsig.secureValidation", Boolean.TRUE);
            XMLSignature signature =
                    XMLSignatureFactory.getInstance("DOM").unmarshalXMLSignature(context);
            return signature.validate(context) ? "VALID\t" : "INVALID\t";
        } catch (Exception | StackOverflowError exc) {
            return "ERROR\t" + String.valueOf(exc).replaceAll("\\s+", " ");
        }
    }

    /** Signs a draft as XAdES baseline B-B in the only shape that the hub accepts. */
    private static void sign(String[] arguments) throws Exception {
        Document document = read(Path.of(arguments[1]));
        X509Certificate certificate = certificate(Path.of(arguments[3]));
        PrivateKey key =
                KeyFactory.getInstance(certificate.getPublicKey().getAlgorithm())
                        .generatePrivate(
                                new PKCS8EncodedKeySpec(Files.readAllBytes(Path.of(arguments[2]))));
        String id = UUID.randomUUID().toString();
        XMLSignatureFactory factory = XMLSignatureFactory.getInstance("DOM");
        DigestMethod sha256 = factory.newDigestMethod(DigestMethod.SHA256, null);
        Transform enveloped =
                factory.newTransform(Transform.ENVELOPED, (TransformParameterSpec) null);
        Transform exclusive =
                factory.newTransform(
                        CanonicalizationMethod.EXCLUSIVE, (TransformParameterSpec) null);

        Element qualifying = properties(document, certificate, id, arguments[5]);
        XMLObject object =
                factory.newXMLObject(List.of(new DOMStructure(qualifying)), null, null, null);
        Reference content =
                factory.newReference(
                        "", sha256, List.of(enveloped, exclusive), null, "R-" + id);
        Reference properties =
                factory.newReference(
                        "#P-" + id, sha256, List.of(exclusive), SIGNED_PROPERTIES, null);
        SignedInfo info =
                factory.newSignedInfo(
                        factory.newCanonicalizationMethod(
                                CanonicalizationMethod.EXCLUSIVE, (C14NMethodParameterSpec) null),
                        factory.newSignatureMethod(arguments[4], null),
                        List.of(content, properties));
        KeyInfoFactory keys = factory.getKeyInfoFactory();
        KeyInfo keyInfo = keys.newKeyInfo(List.of(keys.newX509Data(List.of(certificate))));

        DOMSignContext context = new DOMSignContext(key, document.getDocumentElement());
        context.setDefaultNamespacePrefix("ds");
        Element signed = (Element) qualifying.getFirstChild();
        context.setIdAttributeNS(signed, null, "Id");
        factory.newXMLSignature(info, keyInfo, List.of(object), "S-" + id, null).sign(context);
        write(document, Path.of(arguments[6]));
    }

    private static Element properties(
            Document document, X509Certificate certificate, String id, String time)
            throws Exception {
        byte[] digest =
                java.security.MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
        Element qualifying = child(document, null, XADES, "xades:QualifyingProperties");
        qualifying.setAttribute("Target", "#S-" + id);
        Element signed = child(document, qualifying, XADES, "xades:SignedProperties");
        signed.setAttribute("Id", "P-" + id);
        signed.setIdAttribute("Id", true);
        Element ofSignature = child(document, signed, XADES, "xades:SignedSignatureProperties");
        child(document, ofSignature, XADES, "xades:SigningTime").setTextContent(time);
        Element named = child(document, ofSignature, XADES, "xades:SigningCertificateV2");
        Element cert = child(document, named, XADES, "xades:Cert");
        Element certDigest = child(document, cert, XADES, "xades:CertDigest");
        child(document, certDigest, DS, "ds:DigestMethod")
                .setAttribute("Algorithm", DigestMethod.SHA256);
        child(document, certDigest, DS, "ds:DigestValue")
                .setTextContent(Base64.getEncoder().encodeToString(digest));
        Element ofObject = child(document, signed, XADES, "xades:SignedDataObjectProperties");
        Element format = child(document, ofObject, XADES, "xades:DataObjectFormat");
        format.setAttribute("ObjectReference", "#R-" + id);
        child(document, format, XADES, "xades:MimeType").setTextContent("text/xml");
        return qualifying;
    }

    private static Element child(Document document, Element parent, String space, String name) {
        Element element = document.createElementNS(space, name);
        if (parent != null) {
            parent.appendChild(element);
        }
        return element;
    }

    private static Document read(Path file) throws Exception {
        DocumentBuilderFactory builders = DocumentBuilderFactory.newInstance();
        builders.setNamespaceAware(true);
        builders.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
        builders.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        return builders.newDocumentBuilder().parse(file.toFile());
    }

    private static X509Certificate certificate(Path file) throws Exception {
        return (X509Certificate)
                CertificateFactory.getInstance("X.509").generateCertificate(Files.newInputStream(file));
    }

    private static void write(Document document, Path file) throws Exception {
        Transformer transformer = TransformerFactory.newInstance().newTransformer();
        transformer.setOutputProperty(OutputKeys.ENCODING, "UTF-8");
        transformer.setOutputProperty(OutputKeys.STANDALONE, "yes");
        transformer.transform(new DOMSource(document), new StreamResult(file.toFile()));
    }

    /** Makes every Id attribute an identifier, as a validating parser would. */
    private static void register(Node node) {
        if (node instanceof Element element) {
            for (String name : List.of("Id", "ID", "id")) {
                if (element.hasAttribute(name)) {
                    element.setIdAttribute(name, true);
                }
            }
        }
        for (Node child = node.getFirstChild(); child != null; child = child.getNextSibling()) {
            register(child);
        }
    }
}
