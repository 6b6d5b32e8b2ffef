using System.Text;
using System.Text.Json.Nodes;
using NUnit.Framework;
using PreferenceTuning.Checkpoints;
using PreferenceTuning.Data;
using PreferenceTuning.Tests.Data;

namespace PreferenceTuning.Tests.Checkpoints;

/// <summary>Mutated manifests: refused, and by the library's own exception. Also with a checksum that was made to fit.</summary>
public sealed class ManifestFuzzTests
{
    private static readonly byte[] Valid = Manifest.Write(
        12,
        "abc",
        System.Text.Json.JsonSerializer.SerializeToElement(
            new JsonObject { ["kl"] = 0.2, ["seed"] = ulong.MaxValue, ["list"] = new JsonArray(1, null, "x") }),
        [new CheckpointFile("model/model.safetensors", 1234, new string('a', 64)), new CheckpointFile("optimizer.safetensors", 5, new string('b', 64))]);

    [Test]
    public void A_mutated_manifest_is_refused()
    {
        Assert.That(Manifest.Parse(Valid, "f").Step, Is.EqualTo(12));
        var mutator = new Mutator(new SeededRandom(1));
        for (var i = 0; i < Mutator.Cases; i++)
        {
            var mutated = mutator.Mutate(Valid);
            if (!mutated.AsSpan().SequenceEqual(Valid))
            {
                Assert.Throws<CheckpointException>(() => Manifest.Parse(mutated, "f"), Encoding.UTF8.GetString(mutated));
            }
        }
    }

    /// <summary>Somebody who means harm can compute a checksum: what follows it must be read with the same care.</summary>
    [Test]
    public void A_mutated_manifest_with_a_fitting_checksum_is_read_or_refused_and_never_leads_out_of_the_folder()
    {
        var mutator = new Mutator(new SeededRandom(2));
        var accepted = 0;
        for (var i = 0; i < Mutator.Cases; i++)
        {
            var mutated = WithChecksum(mutator.Mutate(Valid));
            try
            {
                var files = Manifest.Parse(mutated, "/runs/step-12").Files;
                accepted++;
                Assert.That(
                    files.Select(file => Path.GetFullPath(Path.Combine("/runs/step-12", file.Name))), Is.All.StartsWith("/runs/step-12/"));
            }
            catch (CheckpointException)
            {
                // The other allowed outcome.
            }
        }

        Assert.That(accepted, Is.InRange(1, Mutator.Cases - 1), "mutations that are all read, or all refused, prove nothing");
    }

    [TestCase("../model.safetensors")]
    [TestCase("/etc/passwd")]
    [TestCase("a/../../b")]
    [TestCase("..\\b")]
    [TestCase("C:b")]
    [TestCase("a//b")]
    [TestCase("")]
    public void A_name_that_leads_out_of_the_folder_is_refused(string name)
    {
        var manifest = Encoding.UTF8.GetString(Valid).Replace("model/model.safetensors", name.Replace("\\", "\\\\"));
        Assert.That(
            () => Manifest.Parse(WithChecksum(Encoding.UTF8.GetBytes(manifest)), "f"),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("cannot list a file"));
    }

    [Test]
    public void A_manifest_of_a_later_version_says_so()
    {
        var manifest = Encoding.UTF8.GetString(Valid).Replace("\"formatVersion\": 1", "\"formatVersion\": 2");
        Assert.That(
            () => Manifest.Parse(WithChecksum(Encoding.UTF8.GetBytes(manifest)), "f"),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("format version 2"));
    }

    private static byte[] WithChecksum(byte[] manifest)
    {
        // 17 characters before the digest, 64 of it, 3 after it, and a line feed at the end.
        if (manifest.Length > 85)
        {
            var digest = System.Security.Cryptography.SHA256.HashData(manifest.AsSpan(84, manifest.Length - 85));
            Encoding.ASCII.GetBytes(Convert.ToHexStringLower(digest)).CopyTo(manifest, 17);
        }

        return manifest;
    }
}
