using System.Text;
using NUnit.Framework;
using PreferenceTuning.Models;
using PreferenceTuning.Models.Pretrained;
using TorchSharp;
using static TorchSharp.torch;

namespace PreferenceTuning.Tests.ModelFiles;

/// <summary>Damaged configurations and shard indexes give a result or this library's own exception.</summary>
[OneThread]
public sealed class ConfigFuzzTests
{
    private const int Cases = 20_000;

    private static readonly string[] Values =
        ["-1", "0", "1", "2147483647", "99999999999", "1e308", "0.5", "null", "true", "[]", "{}", "\"\"", "\"\\ud800\"", "[1, 2]", "{\"rope_type\": \"yarn\"}"];

    [Test]
    public void Twenty_thousand_mutated_configurations_are_read_or_refused_by_our_own_exception()
    {
        using var folder = new TemporaryFolder();
        var seeds = new[]
        {
            DecoderConfig.Gpt2(17, 8, 1, 2, 10),
            DecoderConfig.Llama(17, 8, 1, 4, 2, 12, 32) with { Rotary = new RotaryConfig { Dimensions = 2, Scaling = RotaryScaling.Llama3, Factor = 8, OriginalContextLength = 16 } },
            DecoderConfig.Llama(17, 8, 1, 4, 2, 12, 32) with { Family = "qwen2", QueryKeyValueBias = true, Window = 4, WindowLayers = [true] },
        }.Select(config => DecoderFamilies.Write(config, null).ToJsonString()).ToArray();
        var random = new Random(1);
        var path = folder.File("config.json");
        var (read, refused) = (0, 0);
        for (var index = 0; index < Cases; index++)
        {
            File.WriteAllBytes(path, Mutate(seeds[random.Next(seeds.Length)], random));
            try
            {
                _ = DecoderFamilies.Read(ConfigReader.Read(path));
                read++;
            }
            catch (ModelFileException)
            {
                refused++;
            }
            catch (Exception exception)
            {
                throw new AssertionException($"case {index}, {File.ReadAllText(path)}: {exception}");
            }
        }

        Assert.That(read, Is.GreaterThan(1000));
        Assert.That(refused, Is.GreaterThan(1000));
    }

    [Test]
    public void A_readable_but_wrong_configuration_is_refused_by_the_weights()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        DecoderModel.Random(DecoderConfig.Gpt2(17, 8, 1, 2, 10), seed: 1).SavePretrained(folder.Path);
        var text = File.ReadAllText(folder.File("config.json"));
        foreach (var (from, to) in new[] { ("\"vocab_size\": 17", "\"vocab_size\": 2000000000"), ("\"n_layer\": 1", "\"n_layer\": 2"), ("\"n_inner\": 32", "\"n_inner\": 31") })
        {
            File.WriteAllText(folder.File("config.json"), text.Replace(from, to, StringComparison.Ordinal));
            Assert.That(() => DecoderModel.FromPretrained(folder.Path), Throws.TypeOf<ModelFileException>(), to);
        }
    }

    private static byte[] Mutate(string seed, Random random)
    {
        var text = seed;
        for (var change = random.Next(1, 3); change > 0; change--)
        {
            text = random.Next(3) == 0 ? Scramble(text, random) : ReplaceValue(text, random);
        }

        return Encoding.UTF8.GetBytes(text);
    }

    private static string ReplaceValue(string text, Random random)
    {
        var colons = Enumerable.Range(0, text.Length).Where(i => text[i] == ':').ToArray();
        if (colons.Length == 0)
        {
            return text;
        }

        var start = colons[random.Next(colons.Length)] + 1;
        var end = text.IndexOfAny([',', '}'], start);
        return end < 0 ? text : text[..start] + Values[random.Next(Values.Length)] + text[end..];
    }

    private static string Scramble(string text, Random random)
    {
        var at = random.Next(text.Length);
        return random.Next(2) == 0 ? text.Remove(at, 1) : text.Insert(at, ((char)random.Next(1, 256)).ToString());
    }
}
