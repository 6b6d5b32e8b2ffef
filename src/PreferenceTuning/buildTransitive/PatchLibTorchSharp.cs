#nullable disable
#pragma warning disable CA2263, CA1822, IDE0161, IDE0040, CA1515, CA1305
// Compiled twice: by the inline build task in PreferenceTuning.targets, and by the tests that prove it. C# 7.3, netstandard only.
using System;
using System.IO;
using System.Text;
using Microsoft.Build.Framework;

namespace PreferenceTuning.Build
{
    /// <summary>
    /// Marks the version need GLIBCXX_3.4.32 of libLibTorchSharp.so as weak, so that it loads where libstdc++ stops at 3.4.30
    /// (Debian 12, Ubuntu 22.04). No relocation uses the one symbol that bears the version, so nothing else changes.
    /// The file in the package cache is never touched: a patched copy takes the place of the (possibly hard-linked) output file.
    /// </summary>
    public sealed class PatchLibTorchSharp : Microsoft.Build.Utilities.Task
    {
        /// <summary>Libraries to patch; those that do not exist are skipped.</summary>
        [Required]
        public ITaskItem[] Libraries { get; set; }

        public override bool Execute()
        {
            foreach (ITaskItem library in Libraries)
            {
                string path = library.ItemSpec;
                if (!File.Exists(path))
                {
                    continue;
                }

                try
                {
                    bool changed = VersionNeedPatch.Apply(path, VersionNeedPatch.Version);
                    Log.LogMessage(
                        MessageImportance.Low, "{0}: {1}", path,
                        changed ? "version need " + VersionNeedPatch.Version + " marked weak" : "already patched");
                }
                catch (InvalidDataException exception)
                {
                    Log.LogError(
                        "PreferenceTuning could not patch {0}: {1} TorchSharp 0.107.0 is expected; set " +
                        "PreferenceTuningPatchLibTorchSharp=false to build without the patch (the library then loads only where " +
                        "libstdc++ has {2}).",
                        path, exception.Message, VersionNeedPatch.Version);
                }
            }

            return !Log.HasLoggedErrors;
        }
    }

    /// <summary>The patch itself: two bytes (vna_flags) in the ELF section .gnu.version_r.</summary>
    public static class VersionNeedPatch
    {
        public const string Version = "GLIBCXX_3.4.32";
        private const uint SectionTypeVersionNeed = 0x6ffffffe;
        private const ushort FlagWeak = 2;

        /// <summary>Patches the file by swapping in a new one; returns false when it was already patched.</summary>
        public static bool Apply(string path, string version)
        {
            byte[] image = File.ReadAllBytes(path);
            int flags = FindFlags(image, version);
            if ((BitConverter.ToUInt16(image, flags) & FlagWeak) != 0)
            {
                return false;
            }

            image[flags] |= (byte)FlagWeak;
            DateTime written = File.GetLastWriteTimeUtc(path);
            string fresh = path + "." + Guid.NewGuid().ToString("N") + ".tmp";
            File.WriteAllBytes(fresh, image);
            // The same time stamp and length, so that an incremental build does not copy the original over it again.
            File.SetLastWriteTimeUtc(fresh, written);
            File.Delete(path);
            File.Move(fresh, path);
            return true;
        }

        /// <summary>
        /// The offset of vna_flags of <paramref name="version"/>; throws InvalidDataException with the reason when there is none.
        /// </summary>
        public static int FindFlags(byte[] image, string version)
        {
            if (image.Length < 64 || image[0] != 0x7f || image[1] != 'E' || image[2] != 'L' || image[3] != 'F')
            {
                throw new InvalidDataException("it is not an ELF file.");
            }

            if (image[4] != 2 || image[5] != 1)
            {
                throw new InvalidDataException("it is not a 64-bit little-endian ELF file.");
            }

            long table = checked((long)BitConverter.ToUInt64(image, 0x28));
            int size = BitConverter.ToUInt16(image, 0x3A);
            int count = BitConverter.ToUInt16(image, 0x3C);
            for (int section = 0; section < count; section++)
            {
                int header = At(image, table + ((long)section * size), 64);
                if (BitConverter.ToUInt32(image, header + 4) == SectionTypeVersionNeed)
                {
                    int names = At(image, table + ((long)BitConverter.ToUInt32(image, header + 40) * size), 64);
                    return FindInNeeds(
                        image, Offset(image, header), Offset(image, names), BitConverter.ToUInt32(image, header + 44), version);
                }
            }

            throw new InvalidDataException("it has no section of version needs (.gnu.version_r).");
        }

        private static int FindInNeeds(byte[] image, long need, long names, uint needCount, string version)
        {
            for (uint i = 0; i < needCount; i++)
            {
                int entry = At(image, need, 16);
                int auxCount = BitConverter.ToUInt16(image, entry + 2);
                long aux = need + BitConverter.ToUInt32(image, entry + 8);
                for (int j = 0; j < auxCount; j++)
                {
                    int at = At(image, aux, 16);
                    if (Name(image, names + BitConverter.ToUInt32(image, at + 8)) == version)
                    {
                        return at + 4;
                    }

                    aux += BitConverter.ToUInt32(image, at + 12);
                }

                need += BitConverter.ToUInt32(image, entry + 12);
            }

            throw new InvalidDataException("it does not need " + version + ".");
        }

        private static long Offset(byte[] image, int header)
        {
            return checked((long)BitConverter.ToUInt64(image, header + 24));
        }

        private static int At(byte[] image, long offset, int length)
        {
            if (offset < 0 || offset + length > image.Length)
            {
                throw new InvalidDataException("it is cut short (an entry at " + offset + " lies outside its " + image.Length + " bytes).");
            }

            return (int)offset;
        }

        private static string Name(byte[] image, long offset)
        {
            int start = At(image, offset, 1);
            int end = Array.IndexOf(image, (byte)0, start);
            return end < 0 ? "" : Encoding.ASCII.GetString(image, start, end - start);
        }
    }
}
