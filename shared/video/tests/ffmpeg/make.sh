#!/bin/sh
# Makes files of many kinds with ffmpeg in the folder $1, each as an ordinary program might write it. A kind that this
# ffmpeg can't make is left out and named.
set -u
cd "$1"

ff() { ffmpeg -nostdin -v error -y "$@" 2>errors || { for last; do :; done; rm -f "$last"; echo "left out: $last"; cat errors; }; }
# A picture and a tone of two seconds.
picture="-f lavfi -i testsrc2=s=360x640:r=30:d=2"
av() { ff $picture -f lavfi -i sine=sample_rate=44100:duration=2 "$@"; }
h264="-c:v libx264 -preset ultrafast -g 15 -pix_fmt yuv420p"
h265="-c:v libx265 -preset ultrafast -pix_fmt yuv420p -x265-params log-level=none"
vp8="-c:v libvpx -deadline realtime -b:v 200k"
vp9="-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 200k"

for kind in mp4 mov mkv; do
  av $h264 h264.$kind
  av $h265 h265.$kind
  av $h264 -bf 3 frames_out_of_order.$kind
done
for kind in webm mkv; do
  av $vp8 -c:a libvorbis vp8.$kind
  av $vp9 -c:a libopus vp9.$kind
done
av $vp9 -c:a libopus vp9.mp4
ff -i h265.mp4 -c copy -tag:v hvc1 h265_apple.mov
av $h264 -movflags +faststart index_first.mp4

# Fragments, in each way that ffmpeg knows.
for flags in frag_keyframe frag_keyframe+empty_moov frag_keyframe+empty_moov+default_base_moof \
  frag_keyframe+delay_moov+global_sidx dash+delay_moov+frag_keyframe cmaf+frag_keyframe \
  frag_keyframe+separate_moof+empty_moov frag_keyframe+empty_moov+skip_trailer \
  frag_keyframe+empty_moov+negative_cts_offsets; do
  av $h264 -bf 2 -movflags +$flags fragmented_$(echo $flags | tr + _).mp4
done
av $h264 -movflags +empty_moov -frag_duration 100000 fragmented_often.mp4
av $h265 -movflags +frag_keyframe+empty_moov fragmented.mov
av $vp9 -c:a libopus -movflags +frag_keyframe+empty_moov fragmented_vp9.mp4
ff -i h264.mp4 -c copy -output_ts_offset 3600 -movflags +frag_keyframe+empty_moov+default_base_moof fragments_late.mp4

# Covers and pictures.
ff $picture -frames:v 1 -q:v 5 cover.jpg
ff $picture -frames:v 1 cover.png
ff -i h264.mp4 -i cover.jpg -map 0 -map 1 -c copy -disposition:v:1 attached_pic cover_attached.mp4
ff -i cover.jpg -i h264.mp4 -map 0:v -map 1 -c copy cover_first.mp4
ff -i cover.jpg -i h264.mp4 -map 0:v -map 1 -c copy cover_first.mov
ff -i cover.jpg -i vp9.mkv -map 0:v -map 1 -c copy cover_first.mkv
ff -i cover.jpg -i h264.mp4 -map 0:v -map 1:a -c copy cover_and_sound.mp4

# Chapters and subtitles, longer than the video.
cat >chapters.txt <<'EOF'
;FFMETADATA1
[CHAPTER]
TIMEBASE=1/1000
START=0
END=1000
title=One
[CHAPTER]
TIMEBASE=1/1000
START=1000
END=700000
title=Two
EOF
printf '1\n00:00:00,000 --> 00:00:01,000\nOne\n\n2\n00:11:00,000 --> 00:12:00,000\nTwo\n' >text.srt
for kind in mp4 mov mkv; do ff -i h264.$kind -i chapters.txt -map_metadata 1 -map 0 -c copy chapters.$kind; done
ff -i vp9.webm -i chapters.txt -map_metadata 1 -map 0 -c copy chapters.webm
ff -i h264.mp4 -i text.srt -map 0 -map 1 -c copy -c:s mov_text subtitles.mp4
ff -i h264.mov -i text.srt -map 0 -map 1 -c copy -c:s mov_text subtitles.mov
ff -i h264.mkv -i text.srt -map 0 -map 1 -c copy -c:s srt subtitles.mkv
ff -i vp9.webm -i text.srt -map 0 -map 1 -c copy -c:s webvtt subtitles.webm
ff -i h264.mp4 -i text.srt -map 0 -map 1 -c copy -c:s mov_text -movflags +frag_keyframe+empty_moov subtitles_fragmented.mp4
ff -i h264.mov -c copy -timecode 10:00:00:00 timecode.mov

# Rates.
for rate in 24000/1001 24 25 30000/1001 50 60000/1001 60; do
  name=$(echo $rate | tr / _)
  ff -f lavfi -i testsrc2=s=360x640:r=$rate:d=2 $h264 rate_$name.mp4
  ff -f lavfi -i testsrc2=s=360x640:r=$rate:d=2 $vp9 rate_$name.webm
done
drop="-vf select='lt(mod(n,6),3)+not(mod(n,2))' -fps_mode vfr"
for kind in mp4 mov mkv; do ff -f lavfi -i testsrc2=s=360x640:r=60:d=2 $drop $h264 variable.$kind; done
ff -f lavfi -i testsrc2=s=360x640:r=60:d=2 $drop $vp9 variable.webm
ff -f lavfi -i testsrc2=s=360x640:r=60:d=2 $drop $h264 -movflags +frag_keyframe+empty_moov variable_fragmented.mp4
pause="-vf setpts='PTS+gte(N,30)*3/TB' -fps_mode vfr"
ff $picture $pause $h264 pause.mp4
ff $picture $pause $vp9 pause.webm
for scale in 600 1000 90000; do ff $picture $h264 -video_track_timescale $scale timescale_$scale.mp4; done

# Edit lists, and what begins late.
ff -ss 0.7 -i h264.mp4 -c copy cut_at_start.mp4
ff -ss 0.7 -i frames_out_of_order.mp4 -c copy cut_out_of_order.mp4
ff -ss 0.7 -i h264.mov -t 0.8 -c copy cut_at_both_ends.mov
ff -i h264.mp4 -itsoffset 1 -i h264.mp4 -map 0:v -map 1:a -c copy sound_late.mp4
ff -i h264.mp4 -itsoffset 1 -i h264.mp4 -map 1:v -map 0:a -c copy picture_late.mp4
ff -i vp9.webm -itsoffset 1 -i vp9.webm -map 0:v -map 1:a -c copy sound_late.webm
ff -i vp9.webm -c copy -output_ts_offset 1800 clock_late.webm
ff $picture -f lavfi -i sine=duration=5 $h264 sound_longer.mp4
ff $picture -f lavfi -i sine=duration=1 $h264 sound_shorter.mp4
ff $picture -f lavfi -i sine=duration=5 $vp9 -c:a libopus sound_longer.webm

# Turned, stretched, odd.
for turn in 90 180 270; do
  ff -i h264.mp4 -c copy -metadata:s:v rotate=$turn turned_$turn.mp4
  ff -i h264.mov -c copy -metadata:s:v rotate=$turn turned_$turn.mov
done
ff $picture -vf setsar=2 $h264 stretched.mp4
ff $picture -vf scale=361:641 $vp9 odd.webm
ff $picture -vf scale=361:641 -c:v libaom-av1 -cpu-used 8 -crf 60 -b:v 0 odd_av1.mp4
ff $picture -vf scale=361:641,fps=15 $vp9 odd_and_slow.webm

# As browsers record: no duration, and one cluster or more.
ff -i vp9.webm -c copy -f webm -live 1 live.webm
ff -i vp8.webm -c copy -f webm -live 1 -cluster_time_limit 30000 live_one_cluster.webm
ff -i vp9.webm -c copy -f webm -cluster_time_limit 100 many_clusters.webm
ff -i vp9.webm -c copy -f webm -cues_to_front 1 -reserve_index_space 2000 cues_first.webm
ff -i h264.mkv -c copy -f matroska -live 1 live.mkv

# What breaks a rule, for its cure.
ff -f lavfi -i testsrc2=s=360x640:r=15:d=2 $h264 slow.mp4
ff -f lavfi -i testsrc2=s=360x640:r=120:d=2 $h264 fast.mov
ff -f lavfi -i testsrc2=s=360x640:r=12:d=2 $vp8 slow.webm
ff -f lavfi -i testsrc2=s=240x320:r=30:d=2 $h264 small.mp4
ff -f lavfi -i testsrc2=s=240x320:r=30:d=2 $vp8 small.webm
ff -f lavfi -i testsrc2=s=240x320:r=10:d=2 $vp9 small_and_slow.mkv
ff -f lavfi -i color=s=360x640:r=5:d=602 -f lavfi -i sine=duration=602 $h264 -g 1000 long_and_slow.mp4
ff $picture -c:v libaom-av1 -cpu-used 8 -crf 60 -b:v 0 av1.mp4
ff $picture -c:v libaom-av1 -cpu-used 8 -crf 60 -b:v 0 av1.webm
av -c:v mpeg4 -q:v 10 mpeg4.mp4
av -c:v prores_ks -c:a pcm_s16le prores.mov
av -c:v mjpeg -q:v 10 -c:a pcm_s16le mjpeg.mov
av -c:v mpeg4 -c:a mp2 container.avi
av $h264 -c:a aac container.flv
av $h264 -c:a aac container.ts
av -c:v mpeg2video -c:a mp2 container.mpg
av -c:v wmv2 -c:a wmav2 container.wmv
av -c:v libtheora -c:a libvorbis container.ogv
for kind in m4a webm mp3 wav flac; do ff -f lavfi -i sine=duration=2 sound.$kind; done

# Photos.
ff -f lavfi -i testsrc2=s=3024x4032:r=1:d=1 -frames:v 1 -q:v 20 large.jpg
ff -f lavfi -i testsrc2=s=4000x900:r=1:d=1 -frames:v 1 -c:v libwebp -quality 20 large.webp
ff $picture -frames:v 1 -pix_fmt rgb24 photo.tiff
ff $picture -frames:v 1 photo.bmp
ff $picture -frames:v 1 photo.jp2
ff -f lavfi -i testsrc2=s=90x160:r=5:d=1 photo.gif
ff -f lavfi -i testsrc2=s=90x160:r=5:d=1 -c:v libwebp_anim -loop 0 photo_animated.webp
rm -f errors chapters.txt text.srt
