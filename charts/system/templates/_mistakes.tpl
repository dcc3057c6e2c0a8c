{{- /* Fails with a sentence when the values contradict the chart in a way that values.schema.json cannot express. */ -}}
{{- define "system.refuseMistakes" -}}
{{- $values := dict "" .Values -}}
{{- range $name := list "rabbitmq" "postgres" "mail" "prometheus" "grafana" }}{{ $_ := set $values (printf "%s." $name) (get $.Values $name) }}{{ end -}}
{{- range $prefix, $in := $values -}}
{{- range $value := list "commonLabels" "commonAnnotations" "podLabels" "podAnnotations" -}}
{{- range $key, $_ := get $in $value | default dict -}}
{{- if regexMatch "^(helm\\.sh/.*|app\\.kubernetes\\.io/(name|instance|component|part-of|managed-by)|rabbitmq\\.com/topology-operator|checksum/config)$" $key -}}
{{- fail (printf "charts/system: %s%s must not contain %s, because the chart sets it." $prefix $value $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $memory := .Values.rabbitmq.resources -}}
{{- $request := dig "requests" "memory" "none" $memory | toString -}}
{{- $limit := dig "limits" "memory" "none" $memory | toString -}}
{{- if ne $request $limit -}}
{{- fail (printf "charts/system: the memory in rabbitmq.resources must be the same in requests and limits (got %s and %s): the broker derives its own limits from it." $request $limit) -}}
{{- end -}}
{{- end }}
