import eu.europa.esig.dss.enumerations.DigestAlgorithm;
import eu.europa.esig.dss.enumerations.MimeTypeEnum;
import eu.europa.esig.dss.enumerations.SignatureAlgorithm;
import eu.europa.esig.dss.enumerations.SignatureLevel;
import eu.europa.esig.dss.enumerations.SignaturePackaging;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.SignatureValue;
import eu.europa.esig.dss.model.ToBeSigned;
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.xades.XAdESSignatureParameters;
import eu.europa.esig.dss.xades.reference.CanonicalizationTransform;
import eu.europa.esig.dss.xades.reference.DSSReference;
import eu.europa.esig.dss.xades.reference.EnvelopedSignatureTransform;
import eu.europa.esig.dss.xades.signature.XAdESService;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.PSSParameterSpec;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import javax.xml.crypto.dsig.CanonicalizationMethod;

/**
 * The DSS library on both sides of the hub: it judges what the hub signs, and signs for it.
 *
 * <p>validate: reads lines of file, tab, certificate; answers file, level, indication, errors.
 *
 * <p>sign: reads lines of draft, key, certificate, algorithm, time, output, separated by tabs.
 */
public final class Interop {
    private Interop() {}

    public static void main(String[] arguments) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] parts = line.split("\t");
            if (arguments[0].equals("sign")) {
                sign(parts);
            } else {
                System.out.println(parts[0] + "\t" + judge(parts));
            }
        }
    }

    private static String judge(String[] parts) {
        CommonTrustedCertificateSource trusted = new CommonTrustedCertificateSource();
        trusted.addCertificate(DSSUtils.loadCertificate(new File(parts[1])));
        CommonCertificateVerifier verifier = new CommonCertificateVerifier();
        verifier.setTrustedCertSources(trusted);
        SignedDocumentValidator validator =
                SignedDocumentValidator.fromDocument(new FileDocument(parts[0]));
        validator.setCertificateVerifier(verifier);
        SimpleReport report = validator.validateDocument().getSimpleReport();
        String id = report.getFirstSignatureId();
        return report.getSignatureFormat(id)
                + "\t"
                + report.getIndication(id)
                + "\t"
                + report.getAdESValidationErrors(id);
    }

    private static void sign(String[] parts) throws Exception {
        CertificateToken certificate = DSSUtils.loadCertificate(new File(parts[2]));
        PrivateKey key =
                KeyFactory.getInstance(certificate.getPublicKey().getAlgorithm())
                        .generatePrivate(
                                new PKCS8EncodedKeySpec(Files.readAllBytes(Path.of(parts[1]))));
        SignatureAlgorithm algorithm = SignatureAlgorithm.forXML(parts[3]);

        XAdESSignatureParameters parameters = new XAdESSignatureParameters();
        parameters.setSignatureLevel(SignatureLevel.XAdES_BASELINE_B);
        parameters.setSignaturePackaging(SignaturePackaging.ENVELOPED);
        parameters.setDigestAlgorithm(algorithm.getDigestAlgorithm());
        parameters.setSigningCertificate(certificate);
        // After the certificate, which would set plain RSA.
        parameters.setEncryptionAlgorithm(algorithm.getEncryptionAlgorithm());
        parameters.bLevel().setSigningDate(Date.from(Instant.parse(parts[4])));
        // The settings to change. DSS takes the signature out with XPath by default, which no
        // strict verifier evaluates; the reference below says the same in the plain words.
        DSSDocument draft = new FileDocument(parts[0]);
        draft.setMimeType(MimeTypeEnum.XML);
        DSSReference content = new DSSReference();
        content.setId("R-content");
        content.setUri("");
        content.setContents(draft);
        content.setDigestMethodAlgorithm(DigestAlgorithm.SHA256);
        content.setTransforms(
                List.of(
                        new EnvelopedSignatureTransform(),
                        new CanonicalizationTransform(CanonicalizationMethod.EXCLUSIVE)));
        parameters.setReferences(List.of(content));
        parameters.setSignedInfoCanonicalizationMethod(CanonicalizationMethod.EXCLUSIVE);
        parameters.setSignedPropertiesCanonicalizationMethod(CanonicalizationMethod.EXCLUSIVE);

        XAdESService service = new XAdESService(new CommonCertificateVerifier());
        ToBeSigned octets = service.getDataToSign(draft, parameters);
        boolean pss = parts[3].endsWith("MGF1");
        Signature engine = Signature.getInstance(pss ? "RSASSA-PSS" : algorithm.getJCEId());
        if (pss) {
            String digest = algorithm.getDigestAlgorithm().getJavaName();
            int salt = algorithm.getDigestAlgorithm().getSaltLength();
            engine.setParameter(
                    new PSSParameterSpec(digest, "MGF1", new MGF1ParameterSpec(digest), salt, 1));
        }
        engine.initSign(key);
        engine.update(octets.getBytes());
        SignatureValue value = new SignatureValue(algorithm, engine.sign());
        service.signDocument(draft, parameters, value).save(parts[5]);
    }
}
